import type { Condition } from './condition.js';
import type { Member } from './members.js';

/** An app server, and how it answered last. Undefined where it has not been asked yet. */
export interface Candidate extends Member {
  readonly condition: Condition | undefined;
}

export const inService = ({ lifecycleState }: Member): boolean => lifecycleState === 'InService';

/** Whether a server says that it serves, and that its application answers. */
export function well({ condition }: Candidate): boolean {
  return condition?.found === 'answer' && condition.report.state === 'serving' && condition.report.ready;
}

/** Whether a server serves, well or not: it has not said that it begins or leaves, and its machine is there. */
function there({ condition }: Candidate): boolean {
  return condition === undefined || condition.found === 'silence' || (condition.found === 'answer' && condition.report.state === 'serving');
}

const leaves = ({ condition }: Candidate): boolean => condition?.found === 'answer' && condition.report.state === 'draining';

/**
 * Who takes requests: the servers in service that are well. Where fewer than half of those that are there are well, it is something
 * that they share, as a database that is away, and all of them are used: they say so themselves, and none is run over. Where none is
 * there, every one that does not leave is used, because it may be the questions that do not arrive.
 */
export function chosen(candidates: readonly Candidate[]): readonly Candidate[] {
  const serving = candidates.filter(inService);
  const present = serving.filter(there);
  const good = present.filter(well);
  if (good.length > 0 && good.length * 2 >= present.length) return good;
  return present.length > 0 ? present : serving.filter((candidate) => !leaves(candidate));
}

/** The release that most servers in service serve; undefined where none says so. */
export function servedRelease(candidates: readonly Candidate[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { condition } of candidates.filter(inService).filter(well)) {
    if (condition?.found === 'answer') counts.set(condition.report.release, (counts.get(condition.report.release) ?? 0) + 1);
  }
  const [[most] = []] = [...counts].sort(([, one], [, other]) => other - one);
  return most;
}
