import { keptReleases } from '../bin/rollback.js';
import { clientsOf } from './clients.js';
import type { Lab } from './lab.js';

/** Django's migrations that were made for the release that serves, when it began to serve since then. */
export async function migrationsMade(lab: Lab, deployment: string, since: number): Promise<readonly string[]> {
  const [serving] = await keptReleases(deployment, clientsOf(lab).ssm);
  return serving && Date.parse(serving.served) >= since ? serving.migrations : [];
}
