import { existsSync } from 'node:fs';
import type { BalancerSettings } from '../../settings.js';
import type { Aws } from '../aws/aws.js';
import { pause } from '../aws/retry.js';
import type { Lifecycle } from '../fleet/lifecycle.js';
import { refusedRelease } from '../metrics/publish.js';
import type { Report } from '../reporting/report.js';
import type { StepError } from '../reporting/step.js';

/** How long stack and alarm may take to hear of a failure before the machine gives itself up, in milliseconds. */
const HEARD = 10_000;

/** A balancer that cannot serve. */
export interface Failing {
  readonly settings: BalancerSettings;
  readonly aws: Pick<Aws, 'query'>;
  readonly lifecycle: Pick<Lifecycle, 'join'>;
  readonly report: Pick<Report, 'lastWords' | 'failure'>;
  /** Is there once this machine has served. */
  readonly bootedMark: string;
}

/**
 * Tells why a balancer cannot serve, its last words first, and gives the machine up. The kind of machine is what it refuses: an alarm on it
 * stops the deploy that brought this kind. One that has served before brings nothing that a deploy could be stopped for.
 */
export async function refuseToServe({ settings, aws, lifecycle, report, bootedMark }: Failing, failed: StepError): Promise<void> {
  await report.lastWords(failed, 'what the other balancers serve');
  const alarm = existsSync(bootedMark) ? undefined : refusedRelease(aws, settings.deployment, settings.machine);
  await Promise.race([Promise.all([alarm, report.failure(failed)]), pause(HEARD)]);
  await lifecycle.join('ABANDON');
}
