/** Break-even: from which load on a group of servers costs less than the one machine that would carry it. */
import type { Gateway } from '../../app-runtime/gateway/gateway.js';
import { carries, type Work } from './capacity.js';
import { type InstancePrice, monthOf, prices } from './prices.js';

export interface Terms {
  readonly work: Work;
  /** What serves, of which what a machine carries follows. */
  readonly gateway: Pick<Gateway, 'size' | 'parallel'>;
  /** Type of each server of the group, and of the single machine at its smallest. */
  readonly instanceType: string;
  readonly minServers: number;
  /** How many times the mean the busiest hour is. */
  readonly peak: number;
  /** A month of single-node, without its machine. */
  readonly besideSingle: number;
  /** A month of split-tier, without its servers. */
  readonly besideSplit: number;
  /** A month of what each server costs beside its instance: disk, monitoring, metrics. */
  readonly eachServer: number;
}

/** What carries a load, and what it costs a month. */
export interface Carrier {
  readonly machines: string;
  readonly month: number;
}

export interface Comparison {
  /** Requests a second in the busiest hour. */
  readonly rate: number;
  /** @default - no single machine of the list carries it */
  readonly single?: Carrier;
  readonly split: Carrier;
}

export interface BreakEven {
  /** Requests a second from which split-tier is the cheaper one, or the only one. */
  readonly rate: number;
  /** Whether it is the price that decides, or the largest machine. */
  readonly by: 'price' | 'size';
  /** The largest load that a single machine of the list carries. */
  readonly most: number;
}

/** Steps between no load and the largest that one machine carries. */
const STEPS = 2000;
/** A load that is what machines carry, but for the last digits, is carried. */
const NEAR = 1e-9;
/** Just more than what machines carry, where the next larger one is taken. */
const OVER = 1e-6;

/** The cheapest single machine of the same processor that carries a load. */
export function single(rate: number, terms: Terms): Carrier | undefined {
  const fitting = Object.entries(prices.instances.types)
    .filter(([type, price]) => isArm(type) === isArm(terms.instanceType) && carries(price, terms.work, terms.gateway) >= rate * (1 - NEAR) && price.memoryMiB >= prices.instances.types[terms.instanceType]!.memoryMiB)
    .map(([type, price]) => ({ machines: type, month: terms.besideSingle + instanceMonth(price, rate / terms.peak, terms.work) }));
  return fitting.sort((a, b) => a.month - b.month)[0];
}

/** The group: as many servers as the busiest hour wants are started, as many as the mean wants are paid for. */
export function split(rate: number, terms: Terms): Carrier {
  const price = prices.instances.types[terms.instanceType]!;
  const each = carries(price, terms.work, terms.gateway);
  const [most, mean] = [rate, rate / terms.peak].map((load) => Math.max(terms.minServers, Math.ceil((load / each) * (1 - NEAR)))) as [number, number];
  const servers = mean * (instanceMonth(price, rate / terms.peak / mean, terms.work) + terms.eachServer);
  return { machines: `${most === mean ? most : `${mean} to ${most}`} × ${terms.instanceType}`, month: terms.besideSplit + servers };
}

/** Both at one load. */
export function compare(rate: number, terms: Terms): Comparison {
  const one = single(rate, terms);
  return { rate, ...(one && { single: one }), split: split(rate, terms) };
}

/** The first load from which split-tier stays the cheaper one. */
export function breakEven(terms: Terms): BreakEven {
  const capacities = Object.entries(prices.instances.types).filter(([type]) => isArm(type) === isArm(terms.instanceType)).map(([, price]) => carries(price, terms.work, terms.gateway));
  const most = Math.max(...capacities);
  const rates = ratesUpTo(most, capacities, terms);
  const last = rates.map((rate) => split(rate, terms).month > (single(rate, terms)?.month ?? Infinity)).lastIndexOf(true);
  return last === rates.length - 1 ? { rate: most, by: 'size', most } : { rate: rates[last + 1]!, by: 'price', most };
}

/** Loads to compare at: even steps, and wherever one of the two takes another machine, at it and just over it. */
function ratesUpTo(most: number, capacities: readonly number[], { work, gateway, instanceType, peak }: Terms): number[] {
  const each = carries(prices.instances.types[instanceType]!, work, gateway);
  const servers = Array.from({ length: Math.ceil(most / each) }, (_, count) => (count + 1) * each);
  const jumps = [...capacities, ...servers, ...servers.map((load) => load * peak)].flatMap((load) => [load, load * (1 + OVER)]);
  const steps = Array.from({ length: STEPS }, (_, step) => (most * (step + 1)) / STEPS);
  return [...steps, ...jumps].filter((rate) => rate <= most).sort((a, b) => a - b);
}

/** A month of an instance under a mean load: what a burstable one computes above its baseline is paid for by the hour. */
export function instanceMonth({ vCpus, hour, baseline = 1, surplus = 0 }: InstancePrice, rate: number, { processor }: Work): number {
  const above = Math.max(0, Math.min(vCpus, (rate * processor) / 1000) - baseline * vCpus);
  return monthOf(hour + above * surplus);
}

function isArm(type: string): boolean {
  return /^[a-z]+\d+g/.test(type);
}
