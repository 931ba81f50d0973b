import type { Metadata } from '../aws/metadata.js';
import { pause } from '../aws/retry.js';
import { log } from '../machine/log.js';
import { whileWaitedFor } from './heartbeat.js';
import type { Lifecycle } from './lifecycle.js';

/** How often the machine asks whether it is to leave, in milliseconds. It asks the metadata service, which is there when the API is not. */
const WATCH = 2_000;

/** How long until the group is told again that the machine may end, in milliseconds. */
const AGAIN = 3_000;

/** Where the metadata service says that a machine is to leave, and what it says there then. */
const SIGNS = [
  // Source: "Retrieve the target lifecycle state through instance metadata", EC2 Auto Scaling; `Warmed:Terminated` in a warm pool.
  { path: 'meta-data/autoscaling/target-lifecycle-state', says: /Terminated$/, reason: 'terminating' },
  // Two minutes ahead. Source: "Spot Instance interruption notices", EC2.
  { path: 'meta-data/spot/instance-action', says: /"(terminate|stop|hibernate)"/, reason: 'spot notice' },
] as const;

/** What leaving means for a machine, by name and in order: each begins when the one before is done. */
export type Steps = Readonly<Record<string, () => Promise<void>>>;

/** Whether the machine is told to leave, by its group or by a spot notice, and which. What the metadata service does not say is no. */
export async function signToLeave(metadata: Pick<Metadata, 'look'>): Promise<string | undefined> {
  for (const { path, says, reason } of SIGNS) {
    const said = await metadata.look(path).catch(() => undefined);
    if (said !== undefined && says.test(said.trim())) return reason;
  }
  return undefined;
}

/** Waits for such a sign. */
export async function toldToLeave(metadata: Pick<Metadata, 'look'>, watch = WATCH): Promise<string> {
  for (;; await pause(watch)) {
    const sign = await signToLeave(metadata);
    if (sign !== undefined) return sign;
  }
}

/**
 * Leaves: takes each step to its end, and then lets the group end the machine. The group is made to wait meanwhile; an API that
 * refuses, or is away, makes no step shorter, and a step that fails is no reason to leave out the next.
 */
export async function depart(lifecycle: Pick<Lifecycle, 'heartbeat' | 'complete'>, reason: string, steps: Steps, again = AGAIN): Promise<void> {
  log('began to leave', { reason });
  const began = Date.now();
  await whileWaitedFor(lifecycle, 'terminating', async () => {
    for (const [step, work] of Object.entries(steps)) await take(step, work);
  });
  log('was empty', { seconds: since(began) });
  // The group begins to wait a moment after it said so; after a spot notice it may be two minutes.
  while (!await lifecycle.complete('terminating', 'CONTINUE').catch(refused)) await pause(again);
}

async function take(step: string, work: () => Promise<void>): Promise<void> {
  const began = Date.now();
  try {
    await work();
    log('took a step to leave', { step, seconds: since(began) });
  } catch (error) {
    log('could not take a step to leave', { step, seconds: since(began), error: (error as Error).message });
  }
}

function refused(error: Error): boolean {
  log('could not complete lifecycle action', { error: error.message });
  return false;
}

function since(began: number): number {
  return Math.round((Date.now() - began) / 100) / 10;
}
