import type { Facts } from '../../agent/machine/plan.js';
import type { Size } from '../../gateway/gateway.js';

const MIB = 2 ** 20;

/** Debian's services with nginx measured 60 MiB, the agent stays under 80, and what watches the workers takes 45; the rest is room to unpack a release. */
const RESERVED = 288 * MIB;

/** What a worker takes: examples/express measured 75 MiB; the rest is for an application's own. */
const WORKER = 128 * MIB;

/** What of that is no heap: Node.js itself and its buffers. */
const BESIDE_HEAP = 64 * MIB;

/** During a switch the next release stands beside the one that serves. */
const RELEASES = 2;

/** Requests at once that a worker counts as work that it can do: they wait for others mostly, and what computes shows on the processor. */
const REQUESTS = 100;

/** A worker a core, because each computes on one, as far as memory reaches, and never none. */
export function size({ cores, memoryBytes }: Pick<Facts, 'cores' | 'memoryBytes'>): Size {
  const room = Math.floor((memoryBytes - RESERVED) / (RELEASES * WORKER));
  return { workers: Math.max(1, Math.min(cores, room)), threads: REQUESTS };
}

/** Largest heap of each worker, in MiB: all of the machine's memory is shared out, so that none of them is killed for the others'. */
export function heap(facts: Pick<Facts, 'cores' | 'memoryBytes'>): number {
  const each = (facts.memoryBytes - RESERVED) / (RELEASES * size(facts).workers);
  return Math.max(48, Math.floor((each - BESIDE_HEAP) / MIB));
}
