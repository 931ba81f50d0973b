import { createSocket } from 'node:dgram';
import type { Api } from './api.js';
import type { Health } from './health-check.js';
import type { LoadBalancer, TargetGroup } from './load-balancers.js';

/** How many values CloudWatch takes in one datum: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
const VALUES = 150;

/** How often each response time came, in seconds, by target group. */
export type Times = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** What HAProxy counts, a row for each listener, server and group. */
export type Counts = readonly Readonly<Record<string, string>>[];

export interface Datum {
  readonly name: string;
  readonly unit: 'Count' | 'Seconds';
  readonly dimensions: Readonly<Record<string, string>>;
  /** Values and how often each came. */
  readonly values: readonly (readonly [value: number, count: number])[];
}

/** Hears a line for each request of every load balancer, and keeps how long targets took. */
export class ResponseTimes {
  private readonly heard = new Map<string, Map<string, Map<number, number>>>();

  /** Listens on a port of the network namespace that no machine reaches. */
  listen(address: string, port: number): void {
    createSocket('udp4').on('message', (line) => this.hear(line.toString('latin1'))).bind(port, address);
  }

  hear(line: string): void {
    const [balancer = '', group = '', , milliseconds = '-1'] = line.trim().split(' ');
    if (!(Number(milliseconds) >= 0)) return;
    const groups = this.heard.get(balancer) ?? new Map<string, Map<number, number>>();
    const times = groups.get(group) ?? new Map<number, number>();
    const seconds = Number(Number(milliseconds).toPrecision(2)) / 1000;
    this.heard.set(balancer, groups.set(group, times.set(seconds, (times.get(seconds) ?? 0) + 1)));
  }

  /** What was heard of a load balancer since it was asked last. */
  take(balancer: string): Times {
    const heard = this.heard.get(balancer) ?? new Map<string, Map<number, number>>();
    this.heard.delete(balancer);
    return heard;
  }
}

/** The last parts of an ARN, by which metrics name what it means: `app/shop/0123…`, `targetgroup/shop/0123…`. */
export const metricName = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1).replace(/^loadbalancer\//, '');

/**
 * What a load balancer publishes for a stretch of time. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
 * and https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html
 */
export function traffic(balancer: LoadBalancer, groups: readonly TargetGroup[], before: Counts, now: Counts, times: Times, healthOf: (group: TargetGroup) => readonly Health[]): Datum[] {
  const LoadBalancer = metricName(balancer.arn);
  const grown = (row: (row: Counts[number]) => boolean, column: string) => now.filter(row).reduce((sum, each) => sum + growth(before, each, column), 0);
  const hosts = groups.flatMap((group) => {
    const both = { LoadBalancer, TargetGroup: metricName(group.arn) };
    const states = healthOf(group).map(({ state }) => state);
    return [one('HealthyHostCount', both, states.filter((state) => state === 'healthy').length), one('UnHealthyHostCount', both, states.filter((state) => state === 'unhealthy').length)];
  });
  if (balancer.type === 'network') return hosts;
  const ofGroups = groups.flatMap((group) => ofGroup(group, LoadBalancer, grown, times, Math.max(1, healthOf(group).filter(({ state }) => state === 'healthy').length)));
  const requests = grown(({ svname, pxname }) => svname === 'BACKEND' && groups.some(({ name }) => name === pxname), 'stot');
  const all = [...times.values()].flatMap((each) => [...each]);
  const faults = grown(({ svname }) => svname === 'FRONTEND', 'hrsp_5xx') - grown(isServer, 'hrsp_5xx');
  return [
    ...hosts, ...ofGroups,
    ...(requests > 0 ? [one('RequestCount', { LoadBalancer }, requests)] : []),
    ...(faults > 0 ? [one('HTTPCode_ELB_5XX_Count', { LoadBalancer }, faults)] : []),
    ...(all.length > 0 ? [{ name: 'TargetResponseTime', unit: 'Seconds', dimensions: { LoadBalancer }, values: all } as const] : []),
  ];
}

function ofGroup(group: TargetGroup, LoadBalancer: string, grown: (row: (row: Counts[number]) => boolean, column: string) => number, times: Times, well: number): Datum[] {
  const TargetGroup = metricName(group.arn);
  const both = { LoadBalancer, TargetGroup };
  const requests = grown(({ pxname, svname }) => pxname === group.name && svname === 'BACKEND', 'stot');
  const faults = grown((row) => row['pxname'] === group.name && isServer(row), 'hrsp_5xx');
  const values = [...times.get(group.name) ?? []];
  return [
    ...(requests > 0 ? [one('RequestCount', both, requests), one('RequestCountPerTarget', both, requests / well), one('RequestCountPerTarget', { TargetGroup }, requests / well)] : []),
    ...(faults > 0 ? [both, { LoadBalancer }].map((dimensions) => one('HTTPCode_Target_5XX_Count', dimensions, faults)) : []),
    ...(values.length > 0 ? [{ name: 'TargetResponseTime', unit: 'Seconds', dimensions: both, values } as const] : []),
  ];
}

const isServer = ({ svname }: Counts[number]): boolean => /^s\d+$/.test(svname ?? '');

/** A worker that took over counts from zero, and may have counted more by now than the one before it. */
function growth(before: Counts, row: Counts[number], column: string): number {
  const was = before.find((each) => ['worker', 'pxname', 'svname'].every((name) => each[name] === row[name]));
  return Number(row[column] ?? 0) - Number(was?.[column] ?? 0);
}

function one(name: string, dimensions: Datum['dimensions'], value: number): Datum {
  return { name, unit: 'Count', dimensions, values: [[value, 1]] };
}

export async function publish(api: Api, namespace: string, data: readonly Datum[], time = new Date()): Promise<void> {
  const whole = data.flatMap((datum) => chunks(datum.values).map((values) => ({ ...datum, values })));
  for (let first = 0; first < whole.length; first += 20) {
    const parameters = whole.slice(first, first + 20).flatMap((datum, index) => Object.entries(parametersOf(datum, time)).map(([name, value]) => [`MetricData.member.${index + 1}.${name}`, value]));
    await api.query('monitoring', 'PutMetricData', { Namespace: namespace, ...Object.fromEntries(parameters) as Record<string, string> });
  }
}

function parametersOf({ name, unit, dimensions, values }: Datum, time: Date): Record<string, string> {
  const listed = (list: string, of: (index: number) => string) => Object.fromEntries(values.map((_, index) => [`${list}.member.${index + 1}`, of(index)]));
  const named = Object.entries(dimensions).flatMap(([key, value], index) => [[`Dimensions.member.${index + 1}.Name`, key], [`Dimensions.member.${index + 1}.Value`, value]]);
  const alone = values.length === 1 && values[0]![1] === 1;
  return {
    MetricName: name, Unit: unit, Timestamp: time.toISOString(), StorageResolution: '1', ...Object.fromEntries(named) as Record<string, string>,
    ...(alone ? { Value: String(values[0]![0]) } : { ...listed('Values', (index) => String(values[index]![0])), ...listed('Counts', (index) => String(values[index]![1])) }),
  };
}

function chunks<T>(list: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / VALUES) }, (_, index) => list.slice(index * VALUES, (index + 1) * VALUES));
}
