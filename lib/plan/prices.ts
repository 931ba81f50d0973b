/** Prices: what AWS asks, as data with their date in prices.json. Dollars, on demand, before taxes and whatever is free of charge. */
import { readFileSync } from 'node:fs';
import { refuse } from '../refuse.js';

export interface InstancePrice {
  readonly vCpus: number;
  readonly memoryMiB: number;
  readonly hour: number;
  /** Share of each vCPU that the price holds, of a burstable type. @default - all of it */
  readonly baseline?: number;
  /** What a vCPU-hour above the baseline costs. @default - there is none */
  readonly surplus?: number;
}

export interface DatabasePrice {
  readonly memoryMiB: number;
  readonly hour: number;
}

interface Prices {
  /** When they were last held against AWS's pages. */
  readonly date: string;
  readonly region: string;
  readonly hoursPerMonth: number;
  readonly instances: { readonly types: Readonly<Record<string, InstancePrice>> };
  readonly databases: { readonly classes: Readonly<Record<string, DatabasePrice>> };
  readonly units: Readonly<Record<string, { readonly price: number; readonly source: string }>>;
}

export const prices = JSON.parse(readFileSync(new URL('prices.json', import.meta.url), 'utf8')) as Prices;

/** What a unit costs; by the hour where its name says so. */
export function priceOf(unit: string): number {
  return prices.units[unit]!.price;
}

/** What an hour costs in a month. */
export function monthOf(hour: number): number {
  return hour * prices.hoursPerMonth;
}

/** @throws Refusal for a type whose price is not among ours */
export function instancePrice(type: string): InstancePrice {
  return prices.instances.types[type] ?? refuse('plan', `instanceType must be one whose price is in lib/plan/prices.json (${Object.keys(prices.instances.types).join(', ')})`, type,
    'choose one of these, or add its price there');
}

/** @throws Refusal for a class whose price is not among ours */
export function databasePrice(name: string): DatabasePrice {
  return prices.databases.classes[name] ?? refuse('plan', `the database class must be one of ${Object.keys(prices.databases.classes).join(', ')}`, name, 'choose one of these, or add its price to lib/plan/prices.json');
}
