import { findMachine } from './inventory.js';
import type { Lab } from './lab.js';

/** Cuts a machine's power: every process of it ends at once, and nothing is written any more. Returns its instance id. */
export async function kill(lab: Lab, word: string): Promise<string> {
  const machine = await findMachine(lab, word);
  await machine.cutPower();
  return machine.id;
}
