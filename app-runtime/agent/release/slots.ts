import { readdir } from 'node:fs/promises';
import { candidate, marksOf, serviceOf } from '../../gateway/units.js';
import { workersOf } from '../../gateways.js';
import { must, run } from '../machine/command.js';
import type { MachineContext, Slot } from '../machine/plan.js';
import { pause } from '../aws/retry.js';

/** So many ends of a slot that systemd starts again each time are no accident of a machine that boots. */
const ENDS = 3;

/** What systemd says of a unit. */
interface UnitState {
  readonly active: string;
  readonly restarts: number;
  /** Changes each time that the unit is started. */
  readonly invocation: string;
}

export const otherSlot = (slot: Slot): Slot => (slot === 'a' ? 'b' : 'a');

/**
 * Starts the gateway in a slot, where it takes requests from the shared socket, and waits until each of its workers has loaded the
 * application. A slot that runs already is left alone.
 * @throws Error when the gateway ends, or its workers are not there in time
 */
export async function startSlot(context: MachineContext): Promise<void> {
  const { slot, manifest: { settings: { startSeconds } } } = context;
  const [unit, workers] = [serviceOf(slot), workersOf(context)];
  await must(['systemctl', 'start', unit]);
  const ends = await endsOf(unit, ENDS);
  for (const end = Date.now() + startSeconds * 1000; ; await pause(50)) {
    const loaded = (await readdir(marksOf(slot)).catch(() => [])).filter((name) => /^\d+$/.test(name)).length;
    if (loaded >= workers) return;
    const reason = await ends();
    if (reason) throw new Error(`the application must go on running, got ${reason}; correct it and deploy again`);
    if (Date.now() > end) throw new Error(`each of ${workers} workers must load the application within ${startSeconds} s, got ${loaded}; correct it and deploy again`);
  }
}

/** Lets the gateway in a slot finish the requests that it has, for as long as the request budget, and waits for its end. */
export async function stopSlot(slot: Slot): Promise<void> {
  await must(['systemctl', 'stop', serviceOf(slot)]);
}

/** The same for whatever runs, in either slot. A unit that never came to be is no reason to complain. */
export async function endSlots(): Promise<void> {
  await run(['systemctl', 'stop', serviceOf('a'), serviceOf('b'), candidate.service]);
}

/** Waits for the end of a slot that finishes what it has; whoever else takes requests goes on meanwhile. */
export async function untilStopped(slot: Slot): Promise<void> {
  while ((await stateOf(serviceOf(slot))).active === 'deactivating') await pause(200);
}

/** Begins to stop what is named: it takes no request any more, and finishes those that it has. */
export async function beginStop(...units: readonly string[]): Promise<void> {
  await must(['systemctl', 'stop', '--no-block', ...units]);
}

/** Runs the next release where no visitor reaches it, for as long as the work takes. */
export async function withCandidate(work: () => Promise<void>): Promise<void> {
  try {
    await must(['systemctl', 'start', candidate.service]);
    await work();
  } finally {
    await run(['systemctl', 'stop', candidate.service, candidate.socket]);
    // A unit that failed would be listed as failed for ever.
    await run(['systemctl', 'reset-failed', candidate.service]);
  }
}

/** Says that a unit ended, and how often since now, once that is no accident. */
export async function endsOf(unit: string, tolerated = 1): Promise<() => Promise<string | undefined>> {
  const before = await stateOf(unit);
  return async () => {
    const { active, restarts, invocation } = await stateOf(unit);
    if (active === 'failed' || active === 'inactive') return 'its end';
    if (tolerated === 1) return invocation === before.invocation ? undefined : 'its end';
    return restarts - before.restarts >= tolerated ? `its end ${restarts - before.restarts} times` : undefined;
  };
}

async function stateOf(unit: string): Promise<UnitState> {
  const { stdout } = await run(['systemctl', 'show', '-p', 'ActiveState,NRestarts,InvocationID', unit]);
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(stdout)?.[1] ?? '';
  return { active: value('ActiveState'), restarts: Number(value('NRestarts')), invocation: value('InvocationID') };
}
