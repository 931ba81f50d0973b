import type { MachineContext, PlannedFile } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { file, type Safe } from '../../agent/machine/template.js';
import { hosts } from '../../release-settings.js';
import { drainingMark } from '../proxy.js';
import type { Passing } from './passing.js';

const ROOM = 'proxies/apache';

/** How Apache stands on a machine: what differs from role to role. */
export interface Stance {
  readonly listens: readonly string[];
  /** Files of `paddock/`, without their ending: who the visitor is, and who else may ask. */
  readonly client: readonly string[];
  readonly checks: readonly string[];
  /** Those of these files that no other role has. */
  readonly own: readonly PlannedFile[];
  /** Seconds that an idle connection is kept of whoever connects to this Apache. */
  readonly clientKeepAlive: number;
  /** As what a request came, in Apache's words. */
  readonly scheme: Safe;
  readonly port: Safe;
}

const word = (text: string): Safe => text as Safe;

export function stanceOf(context: MachineContext, passing: Passing): Stance {
  const { manifest: { settings: { timeouts } }, settings } = context;
  const alone: Stance = {
    listens: ['80', '127.0.0.1:81', '127.0.0.1:82'], client: [], checks: [], own: [],
    clientKeepAlive: timeouts.clientKeepAlive, scheme: word('http'), port: word('expr=%{SERVER_PORT}'),
  };
  return settings.role === 'app-server' ? { ...alone, ...behindManaged(context, settings.network, passing) } : alone;
}

/** The same behind a managed load balancer, which says who the visitor is. */
function behindManaged({ manifest, settings }: MachineContext, network: string, passing: Passing): Partial<Stance> {
  const own = (name: string, values: Readonly<Record<string, Safe>>) => file(ROOM, `/etc/apache2/paddock/${name}.conf`, values);
  return {
    // Every address: the machine's own questions come to one of them.
    listens: ['80', '81', '127.0.0.1:82'],
    client: ['client-by-header'],
    checks: ['check-gateway'],
    own: [
      own('client-by-header', { network: quote.apache(network) }),
      own('check-gateway', { site: quote.apache(hosts(manifest.settings, settings)[0]!), draining: quote.path(drainingMark), to: passing.to('serving') }),
    ],
    clientKeepAlive: manifest.settings.timeouts.balancerKeepAlive,
    scheme: word('%{visited_scheme}e'), port: word('%{visited_port}e'),
  };
}
