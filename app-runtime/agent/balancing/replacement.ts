import { pause } from '../aws/retry.js';
import type { Lifecycle } from '../fleet/lifecycle.js';
import { type History, observed, whoIsSick } from '../fleet/sick.js';
import { log } from '../machine/log.js';
import { type Candidate, inService, well } from './choice.js';

/** How often a balancer looks who is sick, in milliseconds. */
const LOOK = 2_000;

/** How long until another server may be replaced, in milliseconds: when it is the questions that do not arrive, the fleet must not go at once. */
const APART = 10_000;

/**
 * Has servers replaced that have answered badly for a while, while most are well. What visitors were answered is no reason: a page that fails everywhere
 * may have been asked of one server alone.
 */
export async function watchTheSick(lifecycle: Pick<Lifecycle, 'replace'>, candidates: () => readonly Candidate[]): Promise<never> {
  let last = 0;
  for (let history: History = new Map(); ; await pause(LOOK)) {
    history = observed(history, found(candidates()), Date.now());
    const [sick] = whoIsSick(history, Date.now());
    if (sick === undefined || Date.now() - last < APART) continue;
    last = Date.now();
    await lifecycle.replace(sick).catch((error: Error) => log('could not ask for replacement', { instance: sick, error: error.message }));
  }
}

/**
 * Who is in service, and whether it is well. One that leaves is neither well nor ill, and one that is not reached at all is EC2's to judge: it
 * may be this machine's own way to it that is cut.
 */
export function found(candidates: readonly Candidate[]): ReadonlyMap<string, boolean> {
  const judged = candidates.filter(inService).filter(({ condition }) =>
    condition !== undefined && condition.found !== 'nothing' && (condition.found !== 'answer' || condition.report.state !== 'draining'));
  return new Map(judged.map((candidate) => [candidate.instanceId, well(candidate)]));
}
