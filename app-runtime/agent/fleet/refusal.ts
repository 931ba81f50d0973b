import type { MachineSettings } from '../../settings.js';
import type { Aws } from '../aws/aws.js';
import { pause } from '../aws/retry.js';
import { refusedRelease } from '../metrics/publish.js';
import type { Report } from '../reporting/report.js';
import type { StepError } from '../reporting/step.js';

/** How long stack and alarm may take to hear of a failure before the machine gives itself up, in milliseconds. A stack that waits hears it at once. */
const HEARD = 10_000;

/** What it takes to tell of a refusal. */
export interface Teller {
  readonly settings: MachineSettings;
  readonly aws: Pick<Aws, 'query'>;
  readonly report: Pick<Report, 'failure'>;
}

/**
 * Tells the stack, and the alarm of what was refused, as far as they hear it in time.
 * @param what the release's digest, or the kind of machine. @default - nothing that a deploy could be stopped for
 */
export async function tellOfRefusal({ settings, aws, report }: Teller, error: StepError, what?: string): Promise<void> {
  const alarm = what === undefined ? undefined : refusedRelease(aws, settings.deployment, what);
  await Promise.race([Promise.all([alarm, report.failure(error)]), pause(HEARD)]);
}
