import { marksOf } from '../../gateway/units.js';
import type { MachineSettings } from '../../settings.js';
import type { Slot } from '../machine/plan.js';
import { listenBacklog } from './listen-backlog.js';
import { type Marked, readMarks } from './worker-marks.js';

/** How much of a gateway is taken. */
export interface GatewayLoad {
  /** Share of the worker threads that have a request, 0 to 1. */
  readonly busy: number;
  /** Worker threads of all workers together. */
  readonly threads: number;
  /** Connections that wait for a thread: in the listen queue, or accepted by a worker whose threads are all busy. */
  readonly backlog: number;
}

const SLOTS: readonly Slot[] = ['a', 'b'];

/** The load of this machine's gateway at this moment. While one slot takes over from the other both count. */
export async function gatewayLoad(settings: MachineSettings): Promise<GatewayLoad> {
  const [queue, ...marks] = await Promise.all([listenBacklog(settings), ...SLOTS.map((slot) => readMarks(marksOf(slot)))]);
  const sum = (of: keyof Marked) => marks.reduce((all, mark) => all + mark[of], 0);
  const threads = sum('threads');
  return { busy: threads === 0 ? 0 : sum('busy') / threads, threads, backlog: queue + sum('waiting') };
}

/**
 * The load as one figure, which a group of servers scales on: percent of the threads that are busy, and beyond 100 those that would have
 * to be there for whoever waits.
 */
export function busyThreads({ busy, threads, backlog }: GatewayLoad): number {
  return threads === 0 ? 0 : 100 * (busy + backlog / threads);
}
