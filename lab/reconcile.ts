import { type Instance, wanted } from './cloud.js';
import type { Power } from './machine.js';

/** What must happen to a machine. `boot`: power on. `report`: it died, and the region must hear of it. */
export type Step = 'boot' | 'power off' | 'remove' | 'report' | 'none';

/** What brings a machine to where the API wants its instance: pure, so that every pair of states can be read in a test. */
export function nextStep(instance: Instance | undefined, power: Power): Step {
  if (wanted(instance)) {
    if (power === 'on') return 'none';
    return power === 'dead' ? 'report' : 'boot';
  }
  if (instance?.state === 'stopping' || instance?.state === 'stopped') return power === 'on' ? 'power off' : 'none';
  return power === 'absent' ? 'none' : 'remove';
}
