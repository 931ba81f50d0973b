import { log } from '../machine/log.js';
import type { Hook, Lifecycle } from './lifecycle.js';

/** A third of the shortest time that a hook can be given, in milliseconds: whatever the group's is, it does not run out. Source: the PutLifecycleHook API. */
const BEAT = 10_000;

/**
 * Makes the group wait at a hook for as long as the work takes. What the group's API answers, and whether it answers, changes nothing
 * for the work.
 */
export async function whileWaitedFor<T>(lifecycle: Pick<Lifecycle, 'heartbeat'>, hook: Hook, work: () => Promise<T>, beat = BEAT): Promise<T> {
  let away = false;
  const timer = setInterval(() => void lifecycle.heartbeat(hook).then(() => { away = false; }, (error: Error) => {
    if (!away) log('could not send heartbeat', { hook, error: error.message });
    away = true;
  }), beat);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
