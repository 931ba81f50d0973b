import type { Asked } from './load.js';

/** A time in which requests had no good answer. Times in milliseconds since 1970. */
export interface Trouble {
  /** When the first request began that had none. */
  readonly first: number;
  /** When the last one began: whoever came later was answered well. */
  readonly last: number;
  /** When the last of them was told so, or gave up. */
  readonly over: number;
  readonly requests: number;
  /** Why, and how often. */
  readonly faults: Readonly<Record<string, number>>;
}

/** What came of a server under load. Times in milliseconds since 1970. */
export interface ServerSeen {
  readonly good: number;
  /** Answers that were no good and named it. */
  readonly faults: number;
  /** When it began to answer, and when it was done with its last answer. */
  readonly first: number;
  readonly last: number;
}

/** So long without a bad answer, in milliseconds, is the end of a trouble; what comes later is another one. */
const QUIET = 5_000;

/** Times of trouble, in their order. */
export function troubles(asked: readonly Asked[], quiet = QUIET): Trouble[] {
  const bad = asked.filter(({ fault }) => fault !== undefined).sort((one, other) => one.began - other.began);
  const groups: Asked[][] = [];
  for (const each of bad) {
    const before = groups.at(-1);
    if (before && each.began - before.at(-1)!.began <= quiet) before.push(each);
    else groups.push([each]);
  }
  return groups.map((group) => ({
    first: group[0]!.began, last: group.at(-1)!.began, over: group.reduce((over, { ended }) => Math.max(over, ended), 0),
    requests: group.length, faults: tally(group.map(({ fault }) => fault!)),
  }));
}

/** The longest trouble, in seconds from the first request that had no good answer to the last one; 0 where there was none. */
export function longest(seen: readonly Trouble[]): number {
  return seen.reduce((most, { first, last }) => Math.max(most, (last - first) / 1000), 0);
}

/** Part of the requests that were answered well. */
export function shareOfGood(asked: readonly Asked[]): number {
  return asked.filter(({ fault }) => fault === undefined).length / asked.length;
}

/** Which servers answered, by the name that each tells. */
export function serversSeen(asked: readonly Asked[]): Record<string, ServerSeen> {
  const seen: Record<string, ServerSeen> = {};
  for (const { server, fault, ended } of asked) {
    if (server === undefined) continue;
    const { good, faults, first, last } = seen[server] ?? { good: 0, faults: 0, first: Infinity, last: -Infinity };
    const bad = fault === undefined ? 0 : 1;
    seen[server] = { good: good + 1 - bad, faults: faults + bad, first: Math.min(first, ended), last: Math.max(last, ended) };
  }
  return seen;
}

/** How often each word is there. */
export function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
