/** Build: a server that its author built already. Nothing is installed for it, and nothing compiled. */
import { closeSync, existsSync, lstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplicationFolder, Built, GatewayBuild, GatewayBuilder, Recognition } from '../../gateway/builder.js';
import { staticFolders } from '../../gateway/static.js';
import { refuse } from '../../refusal.js';
import type { Architecture } from '../../release.js';

export const builder: GatewayBuilder = {
  example: 'executable', looksFor: 'a Procfile whose web line is a program of the folder, as in ./server', launches: (command) => COMMAND.test(command), sign: () => undefined, recognise, build,
};

const COMMAND = /^(?:exec\s+)?\.\/([\w.+-]+(?:\/[\w.+-]+)*)((?:\s+[\w./:=@,+-]+)*)$/;

/** Where an ELF file says its processor, and how. Source: elf(5), e_machine; EM_X86_64 and EM_AARCH64. */
const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
const PROCESSOR = 18;
const PROCESSORS: Readonly<Record<number, Architecture>> = { 62: 'x86_64', 183: 'arm64' };

function recognise({ web, where }: ApplicationFolder): Recognition {
  const found = COMMAND.exec(web ?? '');
  if (!found) return refuse(`${where}/Procfile`, 'the web line must be one plain command of a program in the folder', web ?? 'none', 'write `web: ./server` with your own program');
  const [, program, words] = found;
  const serves = `${program}${words!.replace(/\s+/g, ' ')}`;
  return { serves, recognised: `an executable, ${serves}, by the Procfile's web line` };
}

function build({ source, where, recognition, architecture, release }: GatewayBuild): Built {
  const program = recognition.serves.split(' ')[0]!;
  const file = join(source, program);
  if (!existsSync(file)) refuse(where, 'the program of the web line must be there', `no ${program}`, 'build it, or correct the Procfile');
  if ((lstatSync(file).mode & 0o111) === 0) refuse(`${where}/${program}`, 'a program must be executable', 'a file that is not', `run \`chmod +x ${program}\``);
  const processor = processorOf(file);
  if (processor !== undefined && processor !== architecture) {
    refuse(`${where}/${program}`, `a program must be for the machine's processor, ${architecture}`, processor, 'build it for that, or choose an instanceType of the other processor');
  }
  return { static: staticFolders(join(release, 'app')) };
}

/** @returns undefined for a script, which any processor runs */
function processorOf(file: string): Architecture | string | undefined {
  const head = Buffer.alloc(20);
  const opened = openSync(file, 'r');
  readSync(opened, head, 0, head.length, 0);
  closeSync(opened);
  if (!head.subarray(0, 4).equals(MAGIC)) return undefined;
  const machine = head.readUInt16LE(PROCESSOR);
  return PROCESSORS[machine] ?? `ELF machine ${machine}`;
}
