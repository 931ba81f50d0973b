/** Detect: which rackup file of a folder Puma or Unicorn must load, and why we think so. Reads files, runs nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplicationFolder, GatewayBuilder, Recognition } from '../../gateway/builder.js';
import { refuse } from '../../refusal.js';
import { serves } from './serves.js';

/** What every Rack server looks for. */
export const RACKUP = 'config.ru';

/** One plain command: no shell in it. A variable may stand for what Paddock sets anyway, as in `-p $PORT`. */
const PLAIN = /^[\w./:=@+, ${}-]+$/;

/** A server of Rack applications, by what differs between them on the deployer's computer. */
interface RackServer {
  /** As a person reads it. */
  readonly title: string;
  /** Its command. */
  readonly command: string;
  /** Its own configuration file, by its name in an application. */
  readonly config: string;
}

/** How an application of such a server is recognised: by its Procfile's web line, or by config.ru. */
export function detect({ title, command, config }: RackServer): Pick<GatewayBuilder, 'launches' | 'recognise'> {
  const launcher = new RegExp(`^(exec\\s+)?(bundle\\s+exec\\s+)?${command}(?=\\s|$)`);
  const recognise = ({ path, where, web }: ApplicationFolder): Recognition => {
    const { rackup, flags } = web === undefined ? { rackup: RACKUP, flags: [] } : wordsOf(web.replace(launcher, ''), web, command, `${where}/Procfile`);
    if (!existsSync(join(path, rackup))) refuse(where, `must hold the rackup file that ${title} serves`, `no ${rackup}`, `add one, as in \`run Application\`, or name it in a Procfile: \`web: ${command} other.ru\``);
    const warnings = [
      ...(flags.length > 0 ? [`Procfile: ${flags.join(' ')} ignored; Paddock computes them from the machine and the request budget`] : []),
      ...(existsSync(join(path, config)) ? [`${config}: is not read; Paddock configures ${title} for the machine`] : []),
    ];
    return { serves: rackup, recognised: `${title} serving ${rackup}${web === undefined ? '' : ', by the Procfile\'s web line'}`, ...(warnings.length > 0 && { warnings }) };
  };
  return { launches: (line) => launcher.test(line), recognise };
}

/** The only word of a command that ends in `.ru` is what it serves; all the others say how. */
function wordsOf(text: string, line: string, command: string, where: string): { readonly rackup: string; readonly flags: readonly string[] } {
  if (!PLAIN.test(line)) refuse(where, `the web line must be one plain ${command} command`, line, `write \`web: ${command}\`, and put what runs before it on the \`release:\` line`);
  const words = text.split(/\s+/).filter((word) => word !== '');
  const [rackup = RACKUP, second] = words.filter((word) => word.endsWith('.ru')).map((word) => word.replace(/^\.\//, ''));
  if (second !== undefined || !serves.pattern.test(rackup)) refuse(where, 'the web line must name one rackup file inside the application', line, `write \`web: ${command} config.ru\``);
  return { rackup, flags: words.filter((word) => word.startsWith('-')) };
}
