import type { BalancerSettings } from '../../settings.js';
import type { Aws } from '../aws/aws.js';
import type { Metadata } from '../aws/metadata.js';
import type { Facts } from '../machine/plan.js';

/** nginx in front of the app servers: follows who of them is in service. */
export async function balancer(_settings: BalancerSettings, _facts: Facts, _aws: Aws, _metadata: Metadata): Promise<never> {
  throw new Error('balancer: not built yet');
}
