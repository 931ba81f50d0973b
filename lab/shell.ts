import { execa } from 'execa';
import { findMachine } from './inventory.js';
import type { Lab } from './lab.js';
import type { Machine } from './machine.js';

/** A login shell in a machine, or one command in it. Returns its exit code. */
export async function shell(lab: Lab, word: string, command: readonly string[]): Promise<number> {
  const [enter, args] = asRoot(await findMachine(lab, word), command.length > 0 ? command : ['bash', '--login']);
  return (await execa(enter, args, { stdio: 'inherit', reject: false })).exitCode ?? 1;
}

/** What runs a command in a machine as somebody who has logged in there. */
export function asRoot(machine: Machine, command: readonly string[]): [string, string[]] {
  const environment = ['HOME=/root', 'USER=root', `TERM=${process.env['TERM'] ?? 'dumb'}`, 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
  return machine.enter(['env', '--ignore-environment', ...environment, ...command]);
}
