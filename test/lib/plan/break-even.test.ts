import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gatewayNamed } from '../../../app-runtime/gateways.js';
import { breakEven, compare, instanceMonth, single, split, type Terms } from '../../../lib/plan/break-even.js';
import { carries } from '../../../lib/plan/capacity.js';
import { prices } from '../../../lib/plan/prices.js';
import { EXAMPLE, toldWork } from '../../../lib/plan/work.js';
import { refusal } from '../application.js';

const gateway = gatewayNamed('gunicorn');
const terms: Terms = { work: EXAMPLE, gateway, instanceType: 't3.small', minServers: 2, peak: 1, besideSingle: 7, besideSplit: 150, eachServer: 5 };
const machine = (vCpus: number, memoryMiB: number) => ({ vCpus, memoryMiB });

test('work for the processor is carried by cores, waiting by threads', () => {
  // 2 cores, 10 ms each: 200 a second, of which 60 %.
  expect(carries(machine(2, 2048), { service: 10, processor: 10 }, gateway)).toBeCloseTo(120, 9);
  // 3 workers of 16 threads, a second each: 48 a second, of which 60 %.
  expect(carries(machine(2, 2048), { service: 1000, processor: 1 }, gateway)).toBeCloseTo(28.8, 9);
});

test('a machine with little memory has fewer workers, and each computes on one core', () => {
  expect(carries(machine(8, 1024), { service: 10, processor: 10 }, gateway)).toBeCloseTo(0.6 * 4 * 100, 9);
});

test('a gateway whose threads compute on all processors carries what they compute, with one worker', () => {
  expect(carries(machine(8, 32768), { service: 10, processor: 10 }, gatewayNamed('tomcat'))).toBeCloseTo(0.6 * 8 * 100, 9);
});

test('a burstable machine pays for what it computes above its baseline, another one does not', () => {
  const small = prices.instances.types['t3.small']!;
  // 100 requests of 10 ms: one vCPU, and 0.4 are in the price.
  expect(instanceMonth(small, 100, { service: 10, processor: 10 })).toBeCloseTo(730 * (0.0208 + 0.6 * 0.05), 9);
  expect(instanceMonth(small, 30, { service: 10, processor: 10 })).toBeCloseTo(730 * 0.0208, 9);
  expect(instanceMonth(prices.instances.types['c7i.large']!, 200, { service: 10, processor: 10 })).toBeCloseTo(730 * 0.08925, 9);
});

test('the single machine is the cheapest that carries the load, of the same processor, and no smaller than the page says', () => {
  fc.assert(fc.property(fc.double({ min: 1, max: 9000, noNaN: true }), fc.constantFrom('t3.small', 't4g.small', 'm7g.large'), (rate, instanceType) => {
    const found = single(rate, { ...terms, instanceType });
    const arm = /^[a-z]+\d+g/.test(instanceType);
    const fitting = Object.entries(prices.instances.types).filter(([type, price]) => /^[a-z]+\d+g/.test(type) === arm && carries(price, EXAMPLE, gateway) >= rate && price.memoryMiB >= prices.instances.types[instanceType]!.memoryMiB);
    if (!found) expect(fitting).toEqual([]);
    else expect(Math.min(...fitting.map(([, price]) => 7 + instanceMonth(price, rate, EXAMPLE)))).toBeCloseTo(found.month, 9);
  }));
});

test('from the break-even on, split-tier is never the dearer one, and just below it is', () => {
  fc.assert(fc.property(fc.double({ min: 0.5, max: 500, noNaN: true }), fc.double({ min: 0, max: 400, noNaN: true }), fc.integer({ min: 1, max: 10 }), (processor, besideSplit, peak) => {
    const own = { ...terms, work: { service: 2 * processor, processor }, besideSplit, peak };
    const { rate, most, by } = breakEven(own);
    for (let step = 0; step <= 50; step += 1) {
      const { single: one, split: many } = compare(rate + ((most - rate) * step) / 50, own);
      // Between two looks each costs up to a dollar more for what it computes above its baseline.
      if (by === 'price') expect(many.month).toBeLessThanOrEqual((one?.month ?? Infinity) + 1);
    }
    const below = Array.from({ length: 400 }, (_, step) => rate - (most / 800) * ((step + 1) / 400)).filter((look) => look > 0);
    if (rate > most / 800) expect(below.some((look) => split(look, own).month > single(look, own)!.month)).toBe(true);
    expect(single(most * 1.001, own)).toBeUndefined();
  }), { numRuns: 30 });
});

test('the group has as many servers as the busiest hour wants, and pays for those of the mean', () => {
  const each = carries(prices.instances.types['t3.small']!, EXAMPLE, gateway);
  expect(split(8 * each, { ...terms, peak: 4 }).machines).toBe('2 to 8 × t3.small');
  expect(split(8 * each, terms).machines).toBe('8 × t3.small');
  expect(split(1, terms).machines).toBe('2 × t3.small');
});

test("the example's times follow from the README's table", () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  const row = /^\| \*\*paddock\*\*: nginx and Gunicorn as we render them \|(.*)\|$/m.exec(readme)![1]!;
  const rates = [...row.matchAll(/\(([\d,]+)\/s\)/g)].map(([, rate]) => Number(rate!.replace(',', '')));
  const [json, , cpu, mix] = rates as [number, number, number, number];
  expect(EXAMPLE.processor).toBeCloseTo(2000 / mix, 1);
  // A tiny answer, 10 ms of waiting on top of one, and 5 ms of computing.
  expect(EXAMPLE.service).toBeCloseTo((2000 / json + (10 + 2000 / json) + 2000 / cpu) / 3, 1);
});

test('a time that is none is refused', () => {
  expect(toldWork('40', '15')).toEqual({ service: 40, processor: 15, source: 'as you say' });
  expect(toldWork('40').processor).toBe(40);
  expect(refusal(() => toldWork('fast'))).toBe('plan: --service-time must be milliseconds above 0, got fast; give a number, as in --service-time 40');
  expect(refusal(() => toldWork('10', '20'))).toBe('plan: --cpu-time must be at most the service time, got 20 of 10 ms; correct one of them');
});
