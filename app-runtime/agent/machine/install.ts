import { apply } from './apply.js';
import { must } from './command.js';
import { log } from './log.js';
import { agentPlan } from './render.js';

/** Makes a stock machine one that can run an application, and the agent a unit of it: the last thing that boot.sh does. */
export async function install(): Promise<void> {
  const agent = agentPlan();
  await apply({ ...agent, units: [] });
  await must(['systemd-sysusers']);
  await must(['sysctl', '-q', '-p', '/etc/sysctl.d/60-paddock.conf']);
  await must(['systemctl', 'enable', '--quiet', '--now', ...agent.units.map(({ name }) => name)]);
  log('installed agent');
}
