import { rollback as putBack, type RollbackOptions } from '../bin/rollback.js';
import { clientsOf } from './clients.js';
import type { Lab } from './lab.js';
import { watched } from './watch.js';

/** Puts a release back as `npm run rollback` does on AWS, and says meanwhile what the machine does. Returns the exit code. */
export async function rollback(lab: Lab, deployment: string, options: RollbackOptions): Promise<number> {
  return (await watched(lab, () => putBack(deployment, clientsOf(lab), options))).result;
}
