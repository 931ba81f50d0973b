import { gatewayChecks, gatewayFiles } from '../../gateway/files.js';
import { candidateSocket, port } from '../../gateway/units.js';
import { gatewayOf } from '../../gateways.js';
import { readiness } from '../../proxies/proxy.js';
import { proxyOf } from '../../proxies.js';
import { hosts } from '../../release-settings.js';
import { APP } from './app-user.js';
import type { MachineContext, MachinePlan, PlannedFile } from './plan.js';
import type { ReadinessQuestion } from '../release/readiness.js';
import { file } from './template.js';
import { verify } from './verify.js';

const AGENT = 'paddock-agent.service';

/** Everything that the machine's files and units must be: a value, from settings, facts and the release alone. */
export function plan(context: MachineContext): MachinePlan {
  const proxy = proxyOf(context.settings);
  const gateway = gatewayOf(context.manifest);
  const serves = context.settings.role !== 'balancer';
  return {
    files: [...common(), ...(serves ? gatewayFiles(context, gateway) : []), ...(proxy?.files(context, gateway) ?? [])],
    units: proxy?.units ?? [],
    checks: [...(serves ? gatewayChecks(context, gateway) : []), ...(proxy?.checks ?? [])],
  };
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
export function readinessQuestion({ manifest, settings }: MachineContext, who: keyof typeof readiness): ReadinessQuestion {
  const question = { path: manifest.settings.readinessPath, site: hosts(manifest.settings, settings)[0]! };
  if (proxyOf(settings)) return { ...readiness[who], ...question };
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
