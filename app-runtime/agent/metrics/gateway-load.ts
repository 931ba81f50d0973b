import { marksOf } from '../../gateways/gunicorn/gunicorn.js';
import { size } from '../../gateways/gunicorn/size.js';
import type { MachineContext, Slot } from '../machine/plan.js';
import { listenBacklog } from './listen-backlog.js';
import { readMarks } from './worker-marks.js';

/** What of a machine its gateway's load follows from. */
export type Served = Pick<MachineContext, 'facts' | 'settings'>;

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

/** The load of this machine's gateway at this moment. While one slot takes over from the other both count, and the share stays 1 at most. */
export async function gatewayLoad({ facts, settings }: Served): Promise<GatewayLoad> {
  const { workers, threads: each } = size(facts);
  const threads = workers * each;
  const [queue, ...marks] = await Promise.all([listenBacklog(settings), ...SLOTS.map((slot) => readMarks(marksOf(slot)))]);
  const [busy, waiting] = marks.reduce(([all, late], mark) => [all + mark.busy, late + mark.waiting], [0, 0]);
  return { busy: Math.min(1, busy / threads), threads, backlog: queue + waiting };
}

/**
 * The load as one figure, which a group of servers scales on: percent of the threads that are busy, and beyond 100 those that would have
 * to be there for whoever waits.
 */
export function busyThreads({ busy, threads, backlog }: GatewayLoad): number {
  return 100 * (busy + backlog / threads);
}
