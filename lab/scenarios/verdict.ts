import type { Asked } from './load.js';
import { type Switch, Terms } from './terms.js';
import { type ServerSeen, serversSeen, tally, type Trouble, troubles } from './troubles.js';

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
  /** When they were no good. */
  readonly troubles: readonly Trouble[];
  /** Which servers answered; none where the application tells of none. */
  readonly servers: Readonly<Record<string, ServerSeen>>;
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
    lost: asked.length - good.length + good.filter(({ id }) => id !== undefined && times[id] === undefined).length,
    doubled: Object.values(times).filter((count) => count > 1).length,
    wrong: good.filter((answer) => !terms.allow(answer)).length,
    faults: tally(asked.flatMap(({ fault }) => fault ?? [])),
    troubles: troubles(asked),
    servers: serversSeen(asked),
    took: spread(took),
    both: spread(seen.map(({ firstNew, lastOld }) => Math.max(0, lastOld - firstNew))),
    silence: spread(seen.map(({ silence }) => silence)),
  };
}

function spread(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((one, other) => one - other);
  return { median: sorted[Math.floor(sorted.length / 2)] ?? 0, max: sorted.at(-1) ?? 0 };
}
