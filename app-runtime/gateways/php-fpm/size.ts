import type { Facts } from '../../agent/machine/plan.js';
import type { Size } from '../../gateway/gateway.js';

const MIB = 2 ** 20;

/** Debian's services with nginx measured 60 MiB, the agent stays under 80; the rest is room to unpack a release, and PHP's shared cache of compiled files. */
const RESERVED = 384 * MIB;

/** What a worker takes: examples/php measured 2 MiB of its own, beside the 20 that all share; the rest is for an application's own. */
const WORKER = 48 * MIB;

/** During a switch the next release stands beside the one that serves. */
const RELEASES = 2;

/** A worker has one request at a time, and waits for a database most of it. */
const PER_CORE = 8;

/** Workers for as many requests as a core carries while most of them wait, as far as memory reaches, and never none. */
export function size({ cores, memoryBytes }: Pick<Facts, 'cores' | 'memoryBytes'>): Size {
  const room = Math.floor((memoryBytes - RESERVED) / (RELEASES * WORKER));
  return { workers: Math.max(1, Math.min(cores * PER_CORE, room)), threads: 1 };
}
