import type { Facts } from '../../agent/machine/plan.js';

const GIB = 2 ** 30;

/** Threads of each process of Apache. */
const THREADS = 64;

/** Processes for each GiB of the machine's memory: bench/proxies measured 0.1 MiB a thread, so that all of them take a twentieth of it. */
const PROCESSES = 8;

/** Places for each process, so that those of three reloads before can be there beside it. A place is 64 slots of Apache's scoreboard, some 17 kB. */
const PLACES = 4;

/** Fewer requests than the gateway's listen queue holds (app.socket, Backlog=4096), so that none is refused a connection. */
const MOST = 62;

/** How many requests Apache has under way at once, as far as memory reaches. */
export function size({ memoryBytes }: Pick<Facts, 'memoryBytes'>): Readonly<Record<'places' | 'threads' | 'inFlight', number>> {
  const processes = Math.min(MOST, Math.max(2, Math.round(memoryBytes / GIB * PROCESSES)));
  return { places: PLACES * processes, threads: THREADS, inFlight: processes * THREADS };
}
