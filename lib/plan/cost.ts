/** Cost: a month of both topologies, item by item. What follows from the traffic is named beside it, with its price. */
import { databasePrice, instancePrice, monthOf, priceOf } from './prices.js';
import type { Topologies } from './topology.js';

/** What one topology has of an item. */
export interface Amount {
  readonly count: number;
  /** Dollars a month for each. */
  readonly each: number;
  /** What it is, where the two differ in that. */
  readonly what?: string;
}

export interface Item {
  readonly what: string;
  readonly single?: Amount | undefined;
  readonly split?: Amount | undefined;
}

export interface Cost {
  readonly items: readonly Item[];
  readonly single: number;
  readonly split: number;
  /** What is paid by use: its name and its price. */
  readonly byUse: readonly string[];
}

/** A database server. */
export interface Database {
  readonly name: string;
  readonly gib: number;
  /** How many zones have one. @default 1 */
  readonly zones?: number;
  /** Whether one machine has it too. @default false - the application had no need of it on one */
  readonly both?: boolean;
}

/** Debian's image has a root disk of so many GiB. Source: lib/machine.ts. */
const ROOT_GIB = 8;
/** Machines publish once in so many seconds. Source: app-runtime/agent/metrics. */
const PUBLISHED_EVERY = 10;
/** Interface endpoints of a network without a NAT. Source: lib/egress.ts. */
export const ENDPOINTS = 8;

/**
 * What CloudWatch counts for each balancer: metrics of ours, and metrics that alarms look at, the two of each target tracking policy
 * included. An alarm is fast when its period is shorter than a minute. Source: lib/alarms.ts, lib/scaling.ts.
 */
export const WATCHED = {
  nginx: { metrics: 5, fast: 10, slow: 4 },
  alb: { metrics: 1, fast: 3, slow: 9 },
} as const;

/**
 * A month of both.
 * @param database the server that moving takes. @default - both have the same one, or none
 */
export function costOf(topologies: Topologies, database?: Database): Cost {
  const items = [...machines(topologies), ...network(topologies), ...data(topologies, database), ...watching(topologies)].filter(({ single, split }) => single || split);
  const sum = (of: (item: Item) => Amount | undefined) => items.reduce((total, item) => total + monthly(of(item)), 0);
  return { items, single: sum(({ single }) => single), split: sum(({ split }) => split), byUse: byUse(topologies) };
}

export function monthly(amount: Amount | undefined): number {
  return amount ? amount.count * amount.each : 0;
}

/** A month of an app server without its instance: disk, detailed monitoring, and its metrics on their way. */
export function besideInstance(): number {
  return ROOT_GIB * priceOf('gp3GiBMonth') + priceOf('detailedMonitoring') + publishing();
}

function machines({ instanceType, fleet: { minServers, warmServers }, front: { machines: balancers } }: Topologies): Item[] {
  const type = (name: string) => monthOf(instancePrice(name).hour);
  const all = minServers + (balancers?.count ?? 0);
  return [
    { what: 'app servers', single: { count: 1, each: type(instanceType.single), what: instanceType.single },
      split: { count: minServers, each: type(instanceType.server), what: instanceType.server } },
    { what: 'nginx balancers', split: balancers && { count: balancers.count, each: type(balancers.type), what: balancers.type } },
    { what: `root disks, ${ROOT_GIB} GiB`, single: { count: 1, each: ROOT_GIB * priceOf('gp3GiBMonth') }, split: { count: all + warmServers, each: ROOT_GIB * priceOf('gp3GiBMonth') } },
    { what: 'detailed monitoring', single: { count: 1, each: priceOf('detailedMonitoring') }, split: { count: all, each: priceOf('detailedMonitoring') } },
  ];
}

function network({ front: { chosen: balancer }, fleet: { zones }, egress, deployment: { media } }: Topologies): Item[] {
  const gateway = egress.chosen === 'natGateway';
  const nats = egress.gateways;
  const endpoints = nats === 0 ? (ENDPOINTS + Object.keys(media.endpoints).length) * zones : 0;
  // An internet-facing Application Load Balancer wants two zones.
  const fronts = balancer === 'alb' ? Math.max(2, zones) : zones;
  return [
    { what: balancer === 'nginx' ? 'Network Load Balancer' : 'Application Load Balancer', split: { count: 1, each: monthOf(priceOf('balancerHour')) } },
    { what: 'public IPv4 addresses', single: { count: 1, each: monthOf(priceOf('publicIpv4Hour')) }, split: { count: fronts + nats, each: monthOf(priceOf('publicIpv4Hour')) } },
    { what: gateway ? 'NAT gateways' : 'NAT instances', split: nats > 0 ? { count: nats, each: gateway ? monthOf(priceOf('natGatewayHour')) : monthOf(instancePrice(egress.type).hour) } : undefined },
    { what: 'interface endpoints', split: endpoints > 0 ? { count: endpoints, each: monthOf(priceOf('interfaceEndpointHour')) } : undefined },
  ];
}

function data({ dataVolumeGiB }: Topologies, database: Database | undefined): Item[] {
  const items: Item[] = [
    { what: `data volume, ${dataVolumeGiB} GiB`, single: { count: 1, each: dataVolumeGiB * priceOf('gp3GiBMonth') } },
    { what: 'secret key in Secrets Manager', split: { count: 1, each: priceOf('secretMonth') } },
  ];
  if (!database) return items;
  const { name, gib, zones = 1, both = false } = database;
  const amount = { count: zones, each: monthOf(databasePrice(name).hour) + gib * priceOf('databaseGiBMonth'), what: name };
  const server = { what: `database, ${gib} GiB, ${zones === 1 ? 'one zone' : `${zones} zones`}`, split: amount };
  const secret = { count: 1, each: priceOf('secretMonth') };
  // One that is not the page's own has its password wherever the person keeps it.
  return both ? [...items, { ...server, single: amount }, { what: 'database credentials in Secrets Manager', single: secret, split: secret }] : [...items, server];
}

function watching({ front: { chosen, machines: balancers, scales }, fleet: { minServers } }: Topologies): Item[] {
  const { metrics, fast, slow } = WATCHED[chosen];
  const publishers = minServers + (balancers?.count ?? 0);
  return [
    { what: 'metrics of the deployment', split: { count: metrics, each: priceOf('metricMonth') } },
    { what: `metrics sent every ${PUBLISHED_EVERY} s`, split: { count: publishers, each: publishing() } },
    { what: 'alarms, by metric, under a minute', split: { count: fast, each: priceOf('fastAlarmMonth') } },
    { what: 'alarms, by metric', split: { count: slow + (scales ? 2 : 0), each: priceOf('alarmMonth') } },
  ];
}

/** A machine's calls of PutMetricData in a month. */
function publishing(): number {
  return (monthOf(3600 / PUBLISHED_EVERY) / 1000) * priceOf('metricRequests1000');
}

function byUse({ front: { chosen: balancer }, egress, deployment: { media } }: Topologies): string[] {
  const unit = balancer === 'nginx' ? `NLCU-hour ${priceOf('networkUnitHour')} $` : `LCU-hour ${priceOf('applicationUnitHour')} $`;
  const out = egress.chosen === 'natGateway' ? [`NAT gateway ${priceOf('natGatewayGB')} $/GB`] : egress.gateways === 0 ? [`endpoints ${priceOf('interfaceEndpointGB')} $/GB`] : [];
  const files = media.credentials ? [`files in the bucket ${priceOf('bucketGBMonth')} $/GB`] : [];
  return [`flow logs ${priceOf('flowLogGB')} $/GB`, `transfer out ${priceOf('transferOutGB')} $/GB`, unit, ...out, ...files];
}
