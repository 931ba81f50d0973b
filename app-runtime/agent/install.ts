import { apply } from './apply.js';
import { must } from './command.js';
import { log } from './log.js';
import { agentPlan } from './render.js';

/** Makes the agent a unit that systemd starts now and at every boot: the last thing that boot.sh does. */
export async function install(): Promise<void> {
  await apply(agentPlan());
  await must(['systemctl', 'enable', '--quiet', 'paddock-agent.service']);
  log('installed agent');
}
