import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { refuse } from '../lib/refuse.js';
import { Cgroup } from './cgroup.js';
import { run, succeeds } from './command.js';
import { findItem } from './inventory.js';
import type { Lab } from './lab.js';
import { linkOf } from './machine.js';
import { inNetwork } from './network.js';

/** The longest way: some time-outs of a minute are what it is there to show. */
const LONGEST = 60_000;

/** Makes every packet to a machine come that much later, in milliseconds; 0 ends it. Returns its instance id. */
export async function slow(lab: Lab, word: string, milliseconds: string): Promise<string> {
  if (!/^\d+$/.test(milliseconds) || Number(milliseconds) > LONGEST) refuse('lab', `the time must be a whole number of milliseconds, ${LONGEST} at most`, milliseconds, 'name another, or 0 to end it');
  const { id, privateAddress } = await findItem(lab, word);
  const link = linkOf(id);
  const [device, table] = [link.replace('ve-', 'slow-'), String(1000 + Number.parseInt(id.slice(-5), 16))];
  const group = new Cgroup(`${lab.id}/${device}`);
  await group.kill();
  await succeeds('ip', ['-n', lab.id, 'rule', 'delete', 'lookup', table]);
  await run('ip', ['-n', lab.id, 'route', 'replace', `${privateAddress}/32`, 'dev', link]);
  if (milliseconds === '0') return id;
  const [command, ...args] = inNetwork(lab);
  const program = join(import.meta.dirname, 'hardware', 'slow_link.py');
  const log = join(lab.directory, 'log', 'slow.log');
  await group.start({ command: command!, args: [...args, 'python3', program, device, privateAddress, link, table, milliseconds], log });
  for (const until = Date.now() + 5000; !(await run('ip', ['-n', lab.id, 'route', 'get', privateAddress])).includes(device); await sleep(50)) {
    if (Date.now() > until) refuse('lab', `the way to ${id} must become slow`, 'the old way after 5 s', `see ${log}`);
  }
  return id;
}
