import type { Facts } from '../../agent/machine/plan.js';

const MIB = 2 ** 20;

/** Debian's services with nginx measured 60 MiB and the agent stays under 80; the rest is room to unpack a release. */
const RESERVED = 256 * MIB;

/** During a switch the next release stands beside the one that serves. */
const RELEASES = 2;

/** What of a release's memory is no heap: the front, which measured 41 MiB, and Mono with its compiled code and stacks, which with examples/owin measured 42, heap and all. */
const BESIDE_HEAP = 96 * MIB;

/** The least that is worth collecting for. */
const LEAST_HEAP = 48;

/** Heap, in MiB, from which on Mono collects more eagerly: all of the machine's memory is shared out between the two releases of a switch. */
export function heap({ memoryBytes }: Pick<Facts, 'memoryBytes'>): number {
  return Math.max(LEAST_HEAP, Math.floor(((memoryBytes - RESERVED) / RELEASES - BESIDE_HEAP) / MIB));
}
