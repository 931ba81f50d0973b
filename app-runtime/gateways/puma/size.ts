import type { Facts } from '../../agent/machine/plan.js';
import type { Size } from '../../gateway/gateway.js';

const MIB = 2 ** 20;

/** Debian's services with nginx measured 60 MiB, the agent stays under 80, and what watches the workers takes 30 in each release; the rest is room to unpack a release. */
const RESERVED = 256 * MIB;

/** What a worker takes: examples/rack measured 28 MiB and examples/sinatra 37, Unicorn a few less, and uploads add ten; the rest is for an application's own. */
const WORKER = 128 * MIB;

/** During a switch the next release stands beside the one that serves. */
const RELEASES = 2;

/** Threads of a worker of Puma, which is Puma's own default: they wait for others at once, and compute one after another. */
const THREADS = 5;

/** Processes that a machine can feed: one a core and one more, because Ruby computes in one thread of each, as far as memory reaches, and never none. */
export function workersOf({ cores, memoryBytes }: Pick<Facts, 'cores' | 'memoryBytes'>): number {
  const room = Math.floor((memoryBytes - RESERVED) / (RELEASES * WORKER));
  return Math.max(1, Math.min(cores + 1, room));
}

export const size = (facts: Pick<Facts, 'cores' | 'memoryBytes'>): Size => ({ workers: workersOf(facts), threads: THREADS });
