import { lastWords, told } from '../bin/why.js';
import { clientsOf } from './clients.js';
import type { Lab } from './lab.js';

/** The last words of a deployment's machines, which outlive them, as `npm run why` tells them; undefined for words older than `since`. */
export async function why(lab: Lab, deployment: string, since?: number): Promise<string | undefined> {
  const { ssm, wholeLog } = clientsOf(lab);
  const words = await lastWords(deployment, ssm);
  const stale = since !== undefined && !(Date.parse(words?.at ?? '') >= since);
  return stale ? undefined : told(deployment, words, wholeLog);
}
