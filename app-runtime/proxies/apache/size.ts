import type { Facts } from '../../agent/machine/plan.js';

const GIB = 2 ** 30;

/** Threads of each process of Apache. */
const THREADS = 64;

/** Processes for each GiB of the machine's memory. */
const PROCESSES = 4;

/** How many requests Apache has under way at once, as far as memory reaches. */
export function size({ memoryBytes }: Pick<Facts, 'memoryBytes'>): Readonly<Record<'processes' | 'threads' | 'inFlight' | 'spare', number>> {
  const processes = Math.min(32, Math.max(2, Math.round(memoryBytes / GIB * PROCESSES)));
  return { processes, threads: THREADS, inFlight: processes * THREADS, spare: 2 * THREADS };
}
