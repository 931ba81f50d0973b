import { setTimeout as sleep } from 'node:timers/promises';
import { refuse } from '../lib/refuse.js';
import { logOf } from './daemons.js';
import { findMachine } from './inventory.js';
import type { Lab } from './lab.js';

/** The hypervisor powers a machine on within a second, unless it does not run. */
const SECONDS = 30;

/**
 * The reset button: every process of a machine ends at once, and it boots again with its disk, address and volume. Returns its
 * instance id when the power is back on.
 * @throws Refusal when the machine does not run, or the hypervisor does not
 */
export async function reset(lab: Lab, word: string): Promise<string> {
  const machine = await findMachine(lab, word);
  if (machine.power !== 'on') refuse(`machine ${machine.id}`, 'it must run', machine.power, 'see npm run lab -- status');
  await machine.reset();
  for (const until = Date.now() + SECONDS * 1000; machine.power !== 'on'; await sleep(20)) {
    if (Date.now() > until) refuse(`machine ${machine.id}`, `the hypervisor must power it on in ${SECONDS} s`, machine.power, `run npm run lab -- up, or see ${logOf(lab, 'host')}`);
  }
  return machine.id;
}
