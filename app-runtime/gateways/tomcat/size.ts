import type { Facts } from '../../agent/machine/plan.js';
import type { Size } from '../../gateway/gateway.js';

type Machine = Pick<Facts, 'cores' | 'memoryBytes'>;

const MIB = 2 ** 20;

/** Debian's services with nginx measured 60 MiB and the agent stays under 80; the rest is room to unpack a release. */
const RESERVED = 256 * MIB;

/** During a switch the next release stands beside the one that serves. */
const RELEASES = 2;

/**
 * What of a release's memory is no heap: Java itself, compiled code, classes and stacks. With examples/servlet and 83 busy threads Tomcat measured 79 MiB
 * of 163 resident, and Jetty 64 of 135; the rest is for an application's own classes.
 */
const BESIDE_HEAP = 96 * MIB;

/** Heap that a server needs by itself: of what lived on, examples/servlet measured 12 MiB, and as much again is made before it is collected. */
const LEAST_HEAP = 48;

/** Memory for each thread: its stack and buffers measured 0.4 MiB; the rest is for what a request holds while it waits. */
const THREAD = 4 * MIB;

/** Threads for each core: most requests wait for others, and idle threads cost next to nothing. Tomcat's own default is 200, whatever the machine. */
const PER_CORE = 64;
const THREADS = { least: 16, most: 200 };

/** From here on G1 pays: Java chooses likewise by itself. Source: the JDK's definition of a server-class machine. */
const SERVER_CLASS = { cores: 2, memoryBytes: 2048 * MIB };

/** Linux keeps some of a machine's memory for itself: what is sold as 2 GiB has less. */
const KERNEL = 192 * MIB;

/** One process, which serves by threads. */
export function size(machine: Machine): Size {
  const room = Math.floor(each(machine) / THREAD);
  return { workers: 1, threads: Math.max(THREADS.least, Math.min(THREADS.most, machine.cores * PER_CORE, room)) };
}

/** Largest heap, in MiB: all of the machine's memory is shared out between the two releases of a switch. */
export function heap(machine: Machine): number {
  return Math.max(LEAST_HEAP, Math.floor((each(machine) - BESIDE_HEAP) / MIB));
}

/** The garbage collector: one without threads of its own where they would be in the way. */
export function collector({ cores, memoryBytes }: Machine): '-XX:+UseG1GC' | '-XX:+UseSerialGC' {
  return cores >= SERVER_CLASS.cores && memoryBytes + KERNEL >= SERVER_CLASS.memoryBytes ? '-XX:+UseG1GC' : '-XX:+UseSerialGC';
}

const each = ({ memoryBytes }: Machine): number => (memoryBytes - RESERVED) / RELEASES;
