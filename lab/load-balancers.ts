import { type Answer, type Api, listAt, textAt } from './api.js';

/** A load balancer as the API describes it, with its listeners and their rules. */
export interface LoadBalancer {
  readonly arn: string;
  readonly name: string;
  readonly type: 'application' | 'network';
  /** Its DNS name, which in a lab is the address that it answers at. */
  readonly address: string;
  readonly groups: readonly string[];
  /** Its subnets, in the order of their zones. */
  readonly subnets: readonly string[];
  readonly attributes: Attributes;
  readonly listeners: readonly Listener[];
}

export type Attributes = Readonly<Record<string, string>>;

export interface Listener {
  readonly protocol: string;
  readonly port: number;
  /** ARNs of its certificates, the default one first. */
  readonly certificates: readonly string[];
  /** In the order of their priorities, the default rule last. */
  readonly rules: readonly Rule[];
}

export interface Rule {
  /** All must hold. */
  readonly conditions: readonly Condition[];
  readonly action: Action;
}

/** One of the values must match. */
export interface Condition {
  readonly field: string;
  /** The header of `http-header`; empty elsewhere. */
  readonly header: string;
  /** For `query-string` as `key=value`, or a value that any key may have. */
  readonly values: readonly string[];
}

export type Action =
  | { readonly type: 'forward'; readonly groups: readonly { readonly arn: string; readonly weight: number }[] }
  | { readonly type: 'redirect'; readonly protocol: string; readonly host: string; readonly port: string; readonly path: string; readonly query: string; readonly status: number }
  | { readonly type: 'fixed-response'; readonly status: number; readonly contentType: string; readonly body: string }
  | { readonly type: 'other'; readonly name: string };

export interface TargetGroup {
  readonly arn: string;
  /** Unique in the region, in letters, digits and dashes. */
  readonly name: string;
  readonly protocol: string;
  readonly check: HealthCheck;
  readonly attributes: Attributes;
  readonly targets: readonly Target[];
}

export interface HealthCheck {
  readonly protocol: string;
  /** A number, or `traffic-port`. */
  readonly port: string;
  readonly path: string;
  /** In seconds. */
  readonly interval: number;
  readonly timeout: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** Good statuses, as in `200-299,301`. */
  readonly matcher: string;
}

export interface Target {
  /** An instance id, or an address. */
  readonly id: string;
  readonly port: number;
  /** As the region knows it: initial, healthy, unhealthy, draining, unused. */
  readonly state: string;
}

/** All load balancers, and all target groups that one of them is in front of. */
export async function readBalancing(api: Api): Promise<{ loadBalancers: LoadBalancer[]; targetGroups: TargetGroup[] }> {
  const elb = elbOf(api);
  const balancers = await elb('LoadBalancers', {});
  if (balancers.length === 0) return { loadBalancers: [], targetGroups: [] };
  const groups = (await elb('TargetGroups', {})).filter((group) => listAt(group, 'LoadBalancerArns').length > 0);
  return {
    loadBalancers: await Promise.all(balancers.map((entry) => loadBalancer(elb, entry))),
    targetGroups: await Promise.all(groups.map((entry) => targetGroup(elb, entry))),
  };
}

type Elb = (things: string, parameters: Record<string, string>, list?: string) => Promise<Answer[]>;

function elbOf(api: Api): Elb {
  return async (things, parameters, list = things) => listAt(await api.query('elasticloadbalancing', `Describe${things}`, parameters), `Describe${things}Result`, list);
}

async function loadBalancer(elb: Elb, entry: Answer): Promise<LoadBalancer> {
  const arn = textAt(entry, 'LoadBalancerArn');
  const [attributes, listeners] = await Promise.all([elb('LoadBalancerAttributes', { LoadBalancerArn: arn }, 'Attributes'), elb('Listeners', { LoadBalancerArn: arn })]);
  const type = textAt(entry, 'Type') === 'network' ? 'network' : 'application';
  const zones = [...listAt(entry, 'AvailabilityZones')].sort((one, other) => textAt(one, 'ZoneName').localeCompare(textAt(other, 'ZoneName')));
  return {
    arn, type,
    name: textAt(entry, 'LoadBalancerName'),
    address: textAt(entry, 'DNSName'),
    groups: listAt(entry, 'SecurityGroups').map(String),
    subnets: zones.map((zone) => textAt(zone, 'SubnetId')),
    attributes: attributesOf(attributes),
    listeners: await Promise.all(listeners.map((listener) => listenerOf(elb, listener, type))),
  };
}

async function listenerOf(elb: Elb, entry: Answer, type: LoadBalancer['type']): Promise<Listener> {
  const fallback = { conditions: [], action: action(listAt(entry, 'DefaultActions').at(-1)) };
  // A network load balancer has no rules but the default one.
  const rules = type === 'network' ? [] : await elb('Rules', { ListenerArn: textAt(entry, 'ListenerArn') });
  const ordered = rules.filter((rule) => textAt(rule, 'IsDefault') !== 'true').sort((one, other) => Number(textAt(one, 'Priority')) - Number(textAt(other, 'Priority')));
  return {
    protocol: textAt(entry, 'Protocol'),
    port: Number(textAt(entry, 'Port')),
    certificates: listAt(entry, 'Certificates').map((certificate) => textAt(certificate, 'CertificateArn')),
    // The last action is the one that answers; those before it authenticate.
    rules: [...ordered.map((rule) => ({ conditions: listAt(rule, 'Conditions').map(condition), action: action(listAt(rule, 'Actions').at(-1)) })), fallback],
  };
}

function condition(entry: Answer): Condition {
  const field = textAt(entry, 'Field');
  const config = `${field.split('-').map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')}Config`;
  const values = listAt(entry, config, 'Values').map((value) => (typeof value === 'string' ? value : [textAt(value, 'Key'), textAt(value, 'Value')].filter(Boolean).join('=')));
  return { field, header: textAt(entry, config, 'HttpHeaderName'), values: values.length > 0 ? values : listAt(entry, 'Values').map(String) };
}

function action(entry: Answer | undefined): Action {
  const type = textAt(entry, 'Type');
  const of = (part: string) => (name: string, fallback = '') => textAt(entry, part, name) || fallback;
  if (type === 'forward') {
    const groups = listAt(entry, 'ForwardConfig', 'TargetGroups').map((group) => ({ arn: textAt(group, 'TargetGroupArn'), weight: Number(textAt(group, 'Weight') || 1) }));
    return { type, groups: groups.length > 0 ? groups : [{ arn: textAt(entry, 'TargetGroupArn'), weight: 1 }] };
  }
  if (type === 'redirect') {
    const to = of('RedirectConfig');
    const place = { protocol: to('Protocol', '#{protocol}'), host: to('Host', '#{host}'), port: to('Port', '#{port}'), path: to('Path', '/#{path}'), query: to('Query', '#{query}') };
    return { type, ...place, status: to('StatusCode') === 'HTTP_302' ? 302 : 301 };
  }
  if (type === 'fixed-response') {
    const response = of('FixedResponseConfig');
    return { type, status: Number(response('StatusCode', '200')), contentType: response('ContentType', 'text/plain'), body: response('MessageBody') };
  }
  return { type: 'other', name: type };
}

async function targetGroup(elb: Elb, entry: Answer): Promise<TargetGroup> {
  const arn = { TargetGroupArn: textAt(entry, 'TargetGroupArn') };
  const [attributes, health] = await Promise.all([elb('TargetGroupAttributes', arn, 'Attributes'), elb('TargetHealth', arn, 'TargetHealthDescriptions')]);
  const number = (name: string, fallback: number) => Number(textAt(entry, name) || fallback);
  return {
    arn: arn.TargetGroupArn,
    name: textAt(entry, 'TargetGroupName'),
    protocol: textAt(entry, 'Protocol'),
    check: {
      protocol: textAt(entry, 'HealthCheckProtocol'), port: textAt(entry, 'HealthCheckPort') || 'traffic-port', path: textAt(entry, 'HealthCheckPath') || '/',
      interval: number('HealthCheckIntervalSeconds', 30), timeout: number('HealthCheckTimeoutSeconds', 5),
      healthyThreshold: number('HealthyThresholdCount', 5), unhealthyThreshold: number('UnhealthyThresholdCount', 2),
      // What each kind of load balancer takes for well when nobody says.
      matcher: textAt(entry, 'Matcher', 'HttpCode') || (/^HTTP/.test(textAt(entry, 'Protocol')) ? '200' : '200-399'),
    },
    attributes: attributesOf(attributes),
    targets: health.map((each) => ({ id: textAt(each, 'Target', 'Id'), port: Number(textAt(each, 'Target', 'Port')), state: textAt(each, 'TargetHealth', 'State') })),
  };
}

function attributesOf(list: readonly Answer[]): Attributes {
  return Object.fromEntries(list.map((each) => [textAt(each, 'Key'), textAt(each, 'Value')]));
}
