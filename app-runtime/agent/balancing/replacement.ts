import { stats } from '../../proxies/nginx/stance.js';
import { ask } from '../aws/http.js';
import { pause } from '../aws/retry.js';
import type { Lifecycle } from '../fleet/lifecycle.js';
import { type History, observed, whoIsSick } from '../fleet/sick.js';
import { log } from '../machine/log.js';
import { type Candidate, inService, well } from './choice.js';

/** How often a balancer looks who is sick, in milliseconds. */
const LOOK = 2_000;

/** How long until another server may be replaced, in milliseconds: when it is the questions that do not arrive, the fleet must not go at once. */
const APART = 10_000;

/** Has servers replaced that have failed for a while, by their own word or by nginx's, while most are well. */
export async function watchTheSick(lifecycle: Pick<Lifecycle, 'replace'>, candidates: () => readonly Candidate[], ejected: () => Promise<ReadonlySet<string>> = askNginx): Promise<never> {
  let last = 0;
  for (let history: History = new Map(); ; await pause(LOOK)) {
    history = observed(history, found(candidates(), await ejected()), Date.now());
    const [sick] = whoIsSick(history, Date.now());
    if (sick === undefined || Date.now() - last < APART) continue;
    last = Date.now();
    await lifecycle.replace(sick).catch((error: Error) => log('could not ask for replacement', { instance: sick, error: error.message }));
  }
}

/**
 * Who serves, and whether it is well. One that begins or leaves is neither well nor ill.
 * @param ejected addresses of servers that nginx sends nothing to for a while
 */
export function found(candidates: readonly Candidate[], ejected: ReadonlySet<string>): ReadonlyMap<string, boolean> {
  const judged = candidates.filter(inService).filter(({ condition }) => condition !== undefined && (condition.found !== 'answer' || condition.report.state === 'serving'));
  return new Map(judged.map((candidate) => [candidate.instanceId, well(candidate) && !ejected.has(candidate.address)]));
}

/** What nginx does not say, nobody knows. */
async function askNginx(): Promise<ReadonlySet<string>> {
  try {
    const { body } = await ask({ ...stats, timeout: 1_000 });
    return new Set(Object.keys((JSON.parse(body) as { ejected: Record<string, number> }).ejected).map((server) => server.split(':')[0]!));
  } catch {
    return new Set();
  }
}
