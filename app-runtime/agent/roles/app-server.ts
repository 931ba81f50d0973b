import type { AppServerSettings } from '../../settings.js';
import type { Aws } from '../aws/aws.js';
import type { Metadata } from '../aws/metadata.js';
import type { Facts } from '../machine/plan.js';

/** One of a group behind a balancer: serves the one release that it was launched with, and leaves without a lost request. */
export async function appServer(_settings: AppServerSettings, _facts: Facts, _aws: Aws, _metadata: Metadata): Promise<never> {
  throw new Error('app-server: not built yet');
}
