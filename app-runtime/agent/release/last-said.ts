import { join } from 'node:path';
import { services, serviceOf } from '../../gateway/units.js';
import { gatewayOf } from '../../gateways.js';
import { type Run, run } from '../machine/command.js';
import { places } from '../machine/places.js';
import type { Slot } from '../machine/plan.js';
import { cause } from '../reporting/cause.js';
import { lastLines, linesOf } from '../reporting/journal.js';
import type { StepError } from '../reporting/step.js';
import { open } from './release-folder.js';

/**
 * What a release that failed has left in the journal, and in one line what it ended with.
 * @param since milliseconds since 1970
 * @param digest of the release
 * @param serving slot of what serves meanwhile, whose failures are not this one's. @default - nothing does
 */
export async function lastSaid(since: number, digest: string, serving?: Slot, ask: Run = run): Promise<Pick<StepError, 'log' | 'cause'>> {
  const folder = join(places.releases, digest);
  const log = await lastLines(since, folder, ask);
  const read = await open(folder).then(({ manifest }) => gatewayOf(manifest).failures, () => undefined);
  const units = services.filter((unit) => serving === undefined || unit !== serviceOf(serving));
  return { log, cause: await linesOf(units, since, ask).then((lines) => cause(lines, folder, read), () => undefined) };
}
