import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';
import { findDead, findMachine } from './inventory.js';
import type { Lab } from './lab.js';
import { deadDirectory } from './machine.js';

/** Prints a machine's journal; of a machine that is gone, the console and journal that it left. Returns the exit code. */
export async function logs(lab: Lab, word: string, follow: boolean): Promise<number> {
  const dead = findDead(lab, word);
  if (dead !== undefined) return printDead(lab, dead);
  const machine = await findMachine(lab, word);
  const [command, args] = machine.enter(['journalctl', '--no-pager', '--lines=all', ...(follow ? ['--follow'] : [])]);
  return (await execa(command, args, { stdio: 'inherit', reject: false })).exitCode ?? 1;
}

async function printDead(lab: Lab, id: string): Promise<number> {
  for (const part of ['console', 'journal']) {
    const file = join(deadDirectory(lab, id), part);
    if (existsSync(file)) await pipeline(createReadStream(file), process.stdout, { end: false });
  }
  return 0;
}
