import type { Aws } from '../aws/aws.js';
import { pause } from '../aws/retry.js';
import { log } from '../machine/log.js';
import { type Datum, metricData } from './datum.js';

const VERSION = '2010-08-01';

/**
 * How often a machine publishes, in milliseconds: as often as an alarm or a scaling policy can look. All its figures go in one call: 259,200
 * calls in 30 days, 2.59 $ for each machine. A metric is 0.30 $ a month however many machines publish it, and each value of a dimension
 * would make another one; that is why no metric has an instance for one. Source: Amazon CloudWatch pricing, us-east-1, November 2026: custom
 * metrics, and 0.01 $ per 1,000 requests.
 */
export const PERIOD = 10_000;

/** How long a call is tried again, in seconds: what comes after the next one is due is of no use. */
const PATIENCE = 6;

/** How long it is tried to tell of a release that was refused, in seconds: a deploy hangs on it. */
const REFUSAL = 60;

/** Figures of the period that has just ended; none of them where there is nothing to tell. */
export type Measure = () => Promise<readonly Datum[]> | readonly Datum[];

/** What it takes to publish. */
export type Publisher = Pick<Aws, 'query'>;

/**
 * Publishes what a machine measures, for as long as it lives. Nothing waits for it, and what cannot be told is dropped: it is logged when that
 * begins and when it ends.
 */
export async function publishMetrics(aws: Publisher, deployment: string, measure: Measure): Promise<never> {
  let away = false;
  for (let due = Date.now() + PERIOD; ; due = Math.max(due + PERIOD, Date.now())) {
    await pause(due - Date.now());
    const fault = await put(aws, deployment, measure).then(() => undefined, (error: Error) => error.message);
    if (fault !== undefined && !away) log('could not publish metrics', { error: fault });
    if (fault === undefined && away) log('published metrics again');
    away = fault !== undefined;
  }
}

async function put(aws: Publisher, deployment: string, measure: Measure): Promise<void> {
  const data = await measure();
  if (data.length > 0) await aws.query('monitoring', 'PutMetricData', VERSION, metricData(deployment, Date.now(), data), PATIENCE);
}

/**
 * Tells that a release was refused. An alarm on it stops the deploy that brought it; to the alarms of other releases it is nothing. Returns once
 * it is told, or was tried for a minute.
 * @param what the release's digest; of a machine that serves none of its own, its kind
 */
export async function refusedRelease(aws: Publisher, deployment: string, what: string): Promise<void> {
  const refused: Datum = { name: 'RefusedReleases', unit: 'Count', value: 1, of: { Release: what.slice(0, 12) } };
  await aws.query('monitoring', 'PutMetricData', VERSION, metricData(deployment, Date.now(), [refused]), REFUSAL)
    .catch((error: Error) => log('could not tell of a refused release', { error: error.message }));
}
