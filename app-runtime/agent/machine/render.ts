import { gatewayChecks, gatewayFiles } from '../../gateway/files.js';
import { candidateSocket, port } from '../../gateway/units.js';
import { gatewayOf } from '../../gateways.js';
import * as nginx from '../../proxies/nginx/nginx.js';
import { hosts } from '../../release-settings.js';
import type { MachineSettings } from '../../settings.js';
import { APP } from './app-user.js';
import type { MachineContext, MachinePlan, PlannedFile } from './plan.js';
import type { ReadinessQuestion } from '../release/readiness.js';
import { file } from './template.js';
import { verify } from './verify.js';

const AGENT = 'paddock-agent.service';

/** Everything that the machine's files and units must be: a value, from settings, facts and the release alone. */
export function plan(context: MachineContext): MachinePlan {
  const { proxy, ...stands } = standing(context.settings);
  const gateway = gatewayOf(context.manifest);
  return {
    files: [...common(), ...(stands.gateway ? gatewayFiles(context, gateway) : []), ...(proxy ? nginx.files(context, gateway) : [])],
    units: proxy ? nginx.units : [],
    checks: [...(stands.gateway ? gatewayChecks(context, gateway) : []), ...(proxy ? nginx.checks : [])],
  };
}

/** What stands on a machine of each role. */
function standing(settings: MachineSettings): Readonly<Record<'gateway' | 'proxy', boolean>> {
  return { gateway: settings.role !== 'balancer', proxy: settings.role !== 'app-server' || settings.balancer === 'alb' };
}

/** What the machine must have before it knows of a release: the agent as a unit. */
export function agentPlan(): MachinePlan {
  return {
    files: common(),
    units: [{ name: AGENT, onChange: 'restart' }],
    checks: [verify(AGENT)],
  };
}

/** How to ask a release whether it is ready: the one that serves, or the one that proves itself. Without a proxy the gateway itself is asked. */
export function readinessQuestion({ manifest, settings }: MachineContext, who: keyof typeof nginx.readiness): ReadinessQuestion {
  const question = { path: manifest.settings.readinessPath, site: hosts(manifest.settings, settings)[0]! };
  if (standing(settings).proxy) return { ...nginx.readiness[who], ...question };
  const { fastcgi } = gatewayOf(manifest);
  return { ...(who === 'serving' ? { host: '127.0.0.1', port } : { socketPath: candidateSocket }), ...question, bare: true, ...(fastcgi && { fastcgi: fastcgi(manifest) }) };
}

/** What every machine has, whichever gateway and proxy stand on it. */
function common(): PlannedFile[] {
  return [
    file('.', '/etc/sysusers.d/paddock.conf', APP),
    file('.', '/etc/sysctl.d/60-paddock.conf'),
    { ...file('.', '/usr/local/bin/paddock'), mode: 0o755 },
    file('.', `/etc/systemd/system/${AGENT}`),
  ];
}
