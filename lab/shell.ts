import { execa } from 'execa';
import { findMachine } from './inventory.js';
import type { Lab } from './lab.js';

/** A login shell in a machine, or one command in it. Returns its exit code. */
export async function shell(lab: Lab, word: string, command: readonly string[]): Promise<number> {
  const machine = await findMachine(lab, word);
  const environment = ['HOME=/root', 'USER=root', `TERM=${process.env['TERM'] ?? 'dumb'}`, 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
  const [enter, args] = machine.enter(['env', '--ignore-environment', ...environment, ...(command.length > 0 ? command : ['bash', '--login'])]);
  return (await execa(enter, args, { stdio: 'inherit', reject: false })).exitCode ?? 1;
}
