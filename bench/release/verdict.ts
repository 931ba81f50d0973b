import type { Asked } from './load.js';
import { Terms } from './terms.js';
import type { Switch } from './told.js';

/** What came of switches under load. Times in milliseconds. */
export interface Verdict {
  /** Those that were made. */
  readonly switches: number;
  readonly requests: number;
  /** Without a good answer, or with one to a POST that was not stored. */
  readonly lost: number;
  /** Stored more than once. */
  readonly doubled: number;
  /** Answered by a release that was not to answer then. */
  readonly wrong: number;
  /** Why answers were no good, and how often. */
  readonly faults: Readonly<Record<string, number>>;
  /** From the moment a switch was asked for until the old release was gone. */
  readonly took: Spread;
  /** From the first request that the new release answered to the last that the old one did; 0 where neither waited for the other. */
  readonly both: Spread;
  /** The longest time in which nobody was answered. */
  readonly silence: Spread;
}

/** A figure that each switch has. */
export interface Spread {
  readonly median: number;
  readonly max: number;
}

/**
 * Judges what was asked while releases took turns.
 * @param first what served before the first switch
 * @param stored names in the application's store, each as often as it was stored
 */
export function verdict(asked: readonly Asked[], first: string, switches: readonly Switch[], stored: readonly string[]): Verdict {
  const times = tally(stored);
  const terms = new Terms(first, switches);
  const good = asked.filter(({ fault }) => fault === undefined);
  const seen = terms.seen(good);
  const took = switches.flatMap((one) => (one.ended === undefined ? [] : one.ended - one.asked));
  return {
    switches: took.length,
    requests: asked.length,
    lost: asked.length - good.length + good.filter(({ id }) => id !== undefined && !times.has(id)).length,
    doubled: [...times.values()].filter((count) => count > 1).length,
    wrong: good.filter((answer) => !terms.allow(answer)).length,
    faults: Object.fromEntries(tally(asked.flatMap(({ fault }) => fault ?? []))),
    took: spread(took),
    both: spread(seen.map(({ firstNew, lastOld }) => Math.max(0, lastOld - firstNew))),
    silence: spread(seen.map(({ silence }) => silence)),
  };
}

function tally(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function spread(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((one, other) => one - other);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, max: sorted.at(-1) ?? 0 };
}
