import type { MachineContext, PlannedFile } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { file, render, type Safe } from '../../agent/machine/template.js';
import { candidateSocket, socket } from '../../gateway/units.js';
import { hosts } from '../../release-settings.js';
import type { AppServerSettings, BalancerSettings } from '../../settings.js';
import { drainingMark } from '../proxy.js';
import type { Passing } from './passing.js';

const ROOM = 'proxies/nginx';

/** The servers that a balancer's nginx sends requests to, one a line: the agent replaces it. On the disk, because the last known set is better than none. */
export const serversFile = '/var/lib/paddock/servers';

/** Where a balancer's nginx tells what it answered. */
export const stats = { host: '127.0.0.1', port: 83, path: '/stats' } as const;

/** How nginx stands on a machine: what differs from role to role. */
export interface Stance {
  readonly modules: readonly string[];
  /** Connections of each worker. */
  readonly connections: number;
  /** Requests for the application that are let in at once. */
  readonly inFlight: number;
  /** Seconds that an idle connection is kept of whoever connects to this nginx. */
  readonly clientKeepAlive: number;
  /** Files of `paddock/`, without their ending: who the visitor is, where requests go, who else may ask. */
  readonly client: readonly string[];
  readonly upstream: string;
  readonly redirect: readonly string[];
  readonly checks: readonly string[];
  /** Those of these files that no other role has. */
  readonly own: readonly PlannedFile[];
  /** Whether visitors' connections can be closed with their answers, before nginx leaves or reloads. */
  readonly closes: boolean;
  readonly words: Readonly<Record<'everyListen' | 'listen' | 'scheme' | 'port' | 'connection' | 'requestId' | 'server' | 'begin', Safe>>;
}

const word = (text: string): Safe => text as Safe;

/** A question of the machine's own, which looks like one that came by HTTPS. */
const ASKED = { scheme: word('https'), port: word('443'), upgrade: word('""'), connection: word('close') } as const;

/** @param names the site's hosts, as `server_name` takes them */
export function stanceOf(context: MachineContext, names: Safe, passing: Passing): Stance {
  const { settings } = context;
  switch (settings.role) {
    case 'single-node': return alone(context, passing);
    case 'app-server': return behindManaged(context, settings, passing);
    case 'balancer': return balancer(context, settings, names, passing);
  }
}

/** Proxy and gateway on one machine, which visitors reach themselves. */
function alone({ manifest }: MachineContext, passing: Passing, scheme = word('$scheme')): Stance {
  const { timeouts } = manifest.settings;
  return {
    modules: ['ngx_http_brotli_static_module'],
    connections: 8192,
    inFlight: 4000,
    clientKeepAlive: timeouts.clientKeepAlive,
    client: [],
    upstream: 'gateway',
    redirect: [],
    checks: ['readiness'],
    own: [
      own('gateway', { socket: quote.path(socket), candidate: quote.path(candidateSocket), proxying: proxying(passing, scheme, timeouts.proxyRead, 'off', `${timeouts.proxyConnect}s`) }),
      own('readiness', { to: passing.to({ ...ASKED, upstream: word('$asked'), host: word('$host') }) }),
    ],
    closes: false,
    words: {
      everyListen: word('    listen 80 default_server backlog=4096;\n'), listen: word('    listen 80;\n'),
      scheme, port: word('$server_port'), connection: word('close'), requestId: word('$request_id'), server: word(''), begin: word(''),
    },
  };
}

/** The same behind a managed load balancer, which says who the visitor is. */
function behindManaged(context: MachineContext, { network }: AppServerSettings, passing: Passing): Stance {
  const { manifest, settings } = context;
  const stance = alone(context, passing, word('$visited_scheme'));
  const site = quote.nginx(hosts(manifest.settings, settings)[0]!);
  return {
    ...stance,
    clientKeepAlive: manifest.settings.timeouts.balancerKeepAlive,
    client: ['client-by-header'],
    checks: [...stance.checks, 'check-gateway'],
    own: [...stance.own, own('client-by-header', { network: quote.nginx(network) }), own('check-gateway', { to: passing.to({ ...ASKED, upstream: word('gateway'), host: site }), draining: quote.path(drainingMark) })],
    words: { ...stance.words, port: word('$visited_port'), requestId: word('$visit_id') },
  };
}

/** Proxy alone, on a machine that passes requests to the gateways of others. */
function balancer({ manifest }: MachineContext, { network, https }: BalancerSettings, hosts: Safe, passing: Passing): Stance {
  const { proxyRead, proxyConnect, clientKeepAlive, upstreamKeepAlive, serverKeepAlive } = manifest.settings.timeouts;
  // Within a VPC a handshake takes a millisecond: this is time for one that got lost, and little of the budget.
  const settled = proxying(passing, word('$visited_scheme'), proxyRead, 'error timeout', '1500ms');
  return {
    // The toolkit first: Lua is built on it.
    modules: ['ngx_http_brotli_static_module', 'ndk_http_module', 'ngx_http_lua_module'],
    connections: 16384,
    // What reaches a server is limited there and in Lua; here it is who sends slowly that counts, and holds nothing but a connection.
    inFlight: 15000,
    clientKeepAlive,
    client: ['client-by-proxy-protocol'],
    upstream: 'servers',
    redirect: https ? ['redirect'] : [],
    checks: ['check-balancer'],
    own: [
      own('client-by-proxy-protocol', { network: quote.nginx(network) }),
      own('servers', { file: quote.path(serversFile), keepAlive: upstreamKeepAlive, serverKeepAlive, retry: proxyConnect, proxying: settled, by: passing.by }),
      ...(https ? [own('redirect', { hosts })] : []),
      own('check-balancer', { draining: quote.path(drainingMark) }),
      file(ROOM, '/usr/local/lib/paddock/paddock_balancer.lua'),
      file(ROOM, '/usr/local/lib/paddock/paddock_stats.lua'),
    ],
    closes: true,
    words: {
      everyListen: listening((port) => `${port} default_server proxy_protocol backlog=4096`, [80, 443]),
      listen: listening((port) => `${port} proxy_protocol`, https ? [443] : [80, 443]),
      scheme: word('$visited_scheme'), port: word('$server_port'), connection: word('""'), requestId: word('$request_id'), server: word('"server":"$upstream_addr",'),
      begin: word('        rewrite_by_lua_block { require("paddock_balancer").passing() }\n'),
    },
  };
}

function listening(on: (port: number) => string, ports: readonly number[]): Safe {
  return word(ports.map((port) => `    listen ${on(port)};\n`).join(''));
}

/** @param read seconds */
function proxying({ by, own: ofProtocol }: Passing, scheme: Safe, read: number, next: 'off' | 'error timeout', connect: string): Safe {
  return render(`${ROOM}/templates/proxying.conf`, { by, own: ofProtocol(scheme), read, next: word(next), connect: word(connect) });
}

function own(name: string, values = {}): PlannedFile {
  return file(ROOM, `/etc/nginx/paddock/${name}.conf`, values);
}
