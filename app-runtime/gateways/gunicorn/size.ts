import type { Facts } from '../../agent/machine/plan.js';
import type { Size } from '../../gateway/gateway.js';

const MIB = 2 ** 20;

/** Debian's services with nginx measured 60 MiB and the agent stays under 80; the rest is room to unpack and compile a release. */
const RESERVED = 256 * MIB;

/** What a worker takes: the smallest Flask application measured 31 MiB, examples/django 42; the rest is for an application's own. */
const WORKER = 96 * MIB;

/** During a switch the next release stands beside the one that serves. */
const RELEASES = 2;

/**
 * Threads per worker. Waiting requests need threads, and idle ones cost next to nothing. Source: bench/serving, where 3 workers of 16
 * threads on 2 cores answer 10 ms waits twice as fast as 1 worker of 15, and lose nothing on work for the processor.
 */
const THREADS = 16;

/** How many workers and threads a machine can feed: a worker a core and one more, as far as memory reaches, and never none. */
export function size({ cores, memoryBytes }: Pick<Facts, 'cores' | 'memoryBytes'>): Size {
  const room = Math.floor((memoryBytes - RESERVED) / (RELEASES * WORKER));
  return { workers: Math.max(1, Math.min(cores + 1, room)), threads: THREADS };
}
