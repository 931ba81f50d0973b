import { expect } from 'vitest';
import type { AFleet } from './a-fleet.js';
import type { Load } from './load.js';

/**
 * Ends a load, of which nothing may be lost, doubled or wrong, and says so.
 * @param deployed releases that were deployed meanwhile
 */
export async function nothingLost(fleet: AFleet, load: Load, deployed: Parameters<AFleet['judged']>[1] = []): Promise<string> {
  const { lost, doubled, wrong, faults, requests } = await fleet.judged(load, deployed);
  expect({ lost, doubled, wrong, faults }, `of ${requests} requests`).toEqual({ lost: 0, doubled: 0, wrong: 0, faults: {} });
  return `of ${requests} requests 0 lost, 0 doubled`;
}
