import { listenerRules, quoted } from './listener-rules.js';
import type { Listener, LoadBalancer, TargetGroup } from './load-balancers.js';

/** How many targets of one group a load balancer has room for. */
export const SLOTS = 48;

/** What a configuration needs that the API does not say. */
export interface Surroundings {
  /** Its private address, from which it calls targets. */
  readonly source: string;
  /** Unix socket of its runtime API. */
  readonly socket: string;
  /** Where it sends a line for each request, as `address:port`. */
  readonly log: string;
  /** Files with a certificate and its key, by the certificate's ARN. */
  readonly certificates: Readonly<Record<string, string>>;
  /** Who has which slot of a target group, by its ARN. @default - all are free */
  readonly slots?: Readonly<Record<string, readonly (Place | undefined)[]>>;
}

/** Where a target takes traffic, and whether it is to have any. */
export interface Place {
  readonly address: string;
  readonly port: number;
  readonly inRotation: boolean;
}

/**
 * A load balancer as HAProxy's configuration. Whom it sends traffic to is no part of its shape: servers are slots, which its runtime
 * API fills and empties without a reload.
 */
export function haproxyConfig(balancer: LoadBalancer, groups: readonly TargetGroup[], around: Surroundings): string {
  const played = balancer.listeners.filter(isPlayed);
  const sections = [
    ['global', `stats socket ${around.socket} mode 600 level admin expose-fd listeners`, `log ${around.log} format raw local0`, 'nbthread 1', 'fd-hard-limit 50000', 'hard-stop-after 15m'],
    ['defaults', ...(balancer.type === 'application' ? applicationDefaults(balancer) : networkDefaults())],
    ...played.map((listener) => [`frontend port-${listener.port}`, bind(balancer, listener, around), ...frontend(balancer, listener, groups)]),
    ...groups.map((group) => [`backend ${group.name}`, ...backend(balancer, group, around)]),
  ];
  return sections.map(([head, ...lines]) => `${head}\n${lines.map((line) => `  ${line}\n`).join('')}`).join('\n');
}

/** UDP and QUIC are not played, nor a target that is a function. */
export function isPlayed({ protocol }: Listener): boolean {
  return ['HTTP', 'HTTPS', 'TCP', 'TLS'].includes(protocol);
}

/** TCP connections without traffic live for 350 s: https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html#connection-idle-timeout */
function networkDefaults(): string[] {
  return ['mode tcp', 'retries 0', 'timeout connect 10s', 'timeout client 350s', 'timeout server 350s'];
}

/**
 * 10 s for connecting to a target, the idle time-out for everything else, and nothing is tried twice:
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#load-balancer-http-error-codes
 */
function applicationDefaults({ attributes }: LoadBalancer): string[] {
  const idle = attributes['idle_timeout.timeout_seconds'] ?? '60';
  return [
    'mode http', 'retries 0', 'timeout connect 10s', ...['client', 'server', 'http-request', 'http-keep-alive', 'tunnel'].map((what) => `timeout ${what} ${idle}s`),
    // A reload tells clients of kept connections to come back, and cuts none.
    'option idle-close-on-response',
    ...[502, 503, 504].map((status) => `http-error status ${status} content-type text/html string "<html><body><h1>The load balancer has no answer of a target</h1></body></html>"`),
  ];
}

function bind({ address, attributes }: LoadBalancer, { protocol, port, certificates }: Listener, around: Surroundings): string {
  const plain = `bind ${address}:${port}`;
  if (protocol !== 'HTTPS' && protocol !== 'TLS') return plain;
  const files = certificates.flatMap((arn) => around.certificates[arn] ?? []).map((file) => ` crt ${quoted(file)}`).join('');
  const alpn = protocol === 'TLS' ? '' : ` alpn ${attributes['routing.http2.enabled'] === 'false' ? '' : 'h2,'}http/1.1`;
  return `${plain} ssl${files} ssl-min-ver TLSv1.2${alpn}`;
}

function frontend(balancer: LoadBalancer, listener: Listener, groups: readonly TargetGroup[]): string[] {
  const names = Object.fromEntries(groups.map(({ arn, name }) => [arn, name]));
  if (balancer.type === 'network') {
    const action = listener.rules.at(-1)!.action;
    const first = action.type === 'forward' ? names[action.groups[0]!.arn] : undefined;
    return first === undefined ? [] : [`default_backend ${first}`];
  }
  return [
    'log global',
    // Which target group, the status, and how long the target took until its headers came, in milliseconds; -1 where it did not answer.
    `log-format "${balancer.name} %b %ST %Tr"`,
    'http-request set-var(txn.began) date(0,ms)',
    ...forwarded(balancer.attributes, listener.protocol === 'HTTPS' ? 'https' : 'http'),
    ...listenerRules(listener.rules, names),
    ...ownAnswers(),
  ];
}

/** What a target is told of the client: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html */
function forwarded(attributes: LoadBalancer['attributes'], scheme: string): string[] {
  const client = attributes['routing.http.xff_client_port.enabled'] === 'true' ? '%[src]:%[src_port]' : '%[src]';
  const forwardedFor = {
    append: [`http-request set-header X-Forwarded-For "%[req.fhdr(x-forwarded-for)], ${client}" if { req.fhdr(x-forwarded-for) -m found }`,
      `http-request set-header X-Forwarded-For "${client}" unless { req.fhdr(x-forwarded-for) -m found }`],
    preserve: [],
    remove: ['http-request del-header X-Forwarded-For'],
  }[attributes['routing.http.xff_header_processing.mode'] ?? 'append'] ?? [];
  const invalid = attributes['routing.http.drop_invalid_header_fields.enabled'] === 'true' ? ["http-request del-header '[^-A-Za-z0-9]' -m reg"] : [];
  const trace = '1-%[date,bytes(4,4),hex,lower]-%[uuid(),sha1,hex,bytes(0,24),lower]';
  return [
    ...invalid, ...forwardedFor, `http-request set-header X-Forwarded-Proto ${scheme}`, 'http-request set-header X-Forwarded-Port %[dst_port]',
    // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-request-tracing.html
    `http-request set-header X-Amzn-Trace-Id "Self=${trace};%[req.fhdr(x-amzn-trace-id)]" if { req.fhdr(x-amzn-trace-id) -m sub Root= }`,
    `http-request set-header X-Amzn-Trace-Id "Root=${trace}" unless { req.fhdr(x-amzn-trace-id) -m sub Root= }`,
  ];
}

/** HAProxy says 503 of every target that it cannot reach; AWS says 502 of one that refuses, 504 of one that stays silent, and 503 when there is none. */
function ownAnswers(): string[] {
  const own = '!{ var(txn.target) -m found }';
  return [
    'http-after-response set-var(txn.waited) date(0,ms),sub(txn.began)',
    `http-after-response set-status 502 if ${own} { status 503 } { var(txn.registered) -m found } { var(txn.waited) -m int lt 9900 }`,
    `http-after-response set-status 504 if ${own} { status 503 } { var(txn.registered) -m found }`,
    `http-after-response set-header Server awselb/2.0 if ${own}`,
  ];
}

function backend(balancer: LoadBalancer, group: TargetGroup, around: Surroundings): string[] {
  const options = ['TLS', 'HTTPS'].includes(group.protocol) ? [' ssl verify none'] : [];
  if (group.attributes['proxy_protocol_v2.enabled'] === 'true') options.push(' send-proxy-v2');
  const slots = around.slots?.[group.arn] ?? [];
  return [
    `source ${around.source}`, ...(balancer.type === 'network' ? ['balance random(1)'] : applicationBackend(group)),
    ...Array.from({ length: SLOTS }, (_, index) => {
      const place = slots[index];
      return `server s${index} ${place ? `${place.address}:${place.port}` : '0.0.0.0:80'}${options.join('')}${place?.inRotation ? '' : ' disabled'}`;
    }),
  ];
}

const ALGORITHMS: Readonly<Record<string, string>> = { least_outstanding_requests: 'leastconn', weighted_random: 'random(1)' };

function applicationBackend({ arn, attributes }: TargetGroup): string[] {
  const sticky = attributes['stickiness.enabled'] === 'true' && attributes['stickiness.type'] !== 'app_cookie';
  const life = attributes['stickiness.lb_cookie.duration_seconds'] ?? '86400';
  return [
    `balance ${ALGORITHMS[attributes['load_balancing.algorithm.type'] ?? ''] ?? 'roundrobin'}`,
    // A connection to a target serves whoever comes next. When the target closes it just then, the client gets a 502: a target must keep it for longer than we do.
    'http-reuse always',
    ...(sticky ? [`cookie AWSALB insert indirect nocache dynamic maxlife ${life}s`, `dynamic-cookie-key ${quoted(arn)}`] : []),
    'http-request set-var(txn.registered) int(1) if { nbsrv gt 0 }',
    'http-response set-var(txn.target) int(1)',
  ];
}
