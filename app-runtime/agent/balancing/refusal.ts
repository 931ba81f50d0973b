import { existsSync } from 'node:fs';
import type { BalancerSettings } from '../../settings.js';
import type { Lifecycle } from '../fleet/lifecycle.js';
import { tellOfRefusal, type Teller } from '../fleet/refusal.js';
import type { Report } from '../reporting/report.js';
import type { StepError } from '../reporting/step.js';

/** A balancer that cannot serve. */
export interface Failing extends Teller {
  readonly settings: BalancerSettings;
  readonly lifecycle: Pick<Lifecycle, 'join'>;
  readonly report: Pick<Report, 'lastWords' | 'failure'>;
  /** Is there once this machine has served. */
  readonly bootedMark: string;
}

/**
 * Tells why a balancer cannot serve, its last words first, and gives the machine up. The kind of machine is what it refuses: an alarm on it
 * stops the deploy that brought this kind. One that has served before brings nothing that a deploy could be stopped for.
 */
export async function refuseToServe(failing: Failing, failed: StepError): Promise<void> {
  const { settings, lifecycle, report, bootedMark } = failing;
  await report.lastWords(failed, 'what the other balancers serve');
  await tellOfRefusal(failing, failed, existsSync(bootedMark) ? undefined : settings.machine);
  await lifecycle.join('ABANDON');
}
