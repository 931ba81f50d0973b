import { findMachine } from './inventory.js';
import type { Lab } from './lab.js';

/** Lets a machine hang, or go on: it takes connections and answers none. Returns its instance id. */
export async function pause(lab: Lab, word: string, still: boolean): Promise<string> {
  const machine = await findMachine(lab, word);
  machine.hang(still);
  return machine.id;
}
