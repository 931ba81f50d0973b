import { gatewayOf } from '../../gateways.js';
import { unit, files, checks, units } from '../../proxies/nginx/nginx.js';
import { check, lay, notify } from '../machine/apply.js';
import { run } from '../machine/command.js';
import type { MachineContext, MachinePlan } from '../machine/plan.js';
import { pause } from '../aws/retry.js';
import type { ServersFile } from './servers-file.js';

/** How long visitors' connections are closed with their answers before a reload closes the rest, and until its next workers have taken over, in milliseconds. */
const CLOSING = 2_000;

/**
 * Makes nginx what a release's settings say: started when it does not run, reloaded when its files have changed, left alone otherwise.
 * @throws Error when nginx refuses a file; the old ones still serve
 */
export async function configure(context: MachineContext, servers: ServersFile): Promise<void> {
  const plan: MachinePlan = { files: files(context, gatewayOf(context.manifest)), units, checks };
  await check(plan);
  const { concerned } = await lay(plan.files);
  const { code } = await run(['systemctl', 'is-active', '--quiet', unit]);
  if (code !== 0 || !concerned.has(unit)) return notify(plan, concerned);
  await servers.close(true);
  try {
    await pause(CLOSING);
    await notify(plan, concerned);
    await pause(CLOSING);
  } finally {
    await servers.close(false);
  }
}
