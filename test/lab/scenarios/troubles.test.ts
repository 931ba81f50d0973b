import { describe, expect, test } from 'vitest';
import type { Asked } from '../../../lab/scenarios/load.js';
import { longest, serversSeen, troubles } from '../../../lab/scenarios/troubles.js';
import { verdict } from '../../../lab/scenarios/verdict.js';

const good = (began: number, server = 'ip-1'): Asked => ({ began, ended: began + 10, release: 'a', server });
const bad = (began: number, ended = began + 10, fault = 'status 502'): Asked => ({ began, ended, fault });

describe('a trouble', () => {
  test('reaches from the first request that had no good answer to the last, however many were answered between them', () => {
    expect(troubles([good(0), bad(1000), good(1500), bad(3500, 3600, 'ECONNRESET on a kept connection'), good(4000)])).toEqual([
      { first: 1000, last: 3500, over: 3600, requests: 2, faults: { 'status 502': 1, 'ECONNRESET on a kept connection': 1 } },
    ]);
  });

  test('is over after five seconds in which every answer was good', () => {
    const seen = troubles([bad(20_000), bad(1000), bad(1400), bad(26_000)]);
    expect(seen.map(({ first, requests }) => [first, requests])).toEqual([[1000, 2], [20_000, 1], [26_000, 1]]);
    expect(longest(seen)).toBeCloseTo(0.4);
  });

  test('tells of a request that hung when it began and when it was given up', () => {
    expect(troubles([bad(1000, 61_000, 'no answer within 60 s on a fresh connection')])[0]).toMatchObject({ first: 1000, last: 1000, over: 61_000 });
  });

  test('is none where every answer was good', () => {
    expect(troubles([good(1), good(2)])).toEqual([]);
    expect(longest([])).toBe(0);
  });
});

test('each server tells how many answers it gave, good and bad, and when', () => {
  const asked = [good(100), good(200, 'ip-2'), { ...bad(300, 305, 'status 500'), server: 'ip-2' }, good(400), bad(500)];
  expect(serversSeen(asked)).toEqual({ 'ip-1': { good: 2, faults: 0, first: 110, last: 410 }, 'ip-2': { good: 1, faults: 1, first: 210, last: 305 } });
});

test('in a fleet that takes a release either version is right until the last server has it, and neither of others', () => {
  const answer = (release: string, began: number): Asked => ({ began, ended: began + 10, release, server: 'ip-1' });
  const rollout = [{ to: 'b', asked: 100, began: 100, ended: 900 }];
  expect(verdict([answer('a', 50), answer('b', 150), answer('a', 850), answer('b', 950)], 'a', rollout, []).wrong).toBe(0);
  expect(verdict([answer('b', 50), answer('c', 500), answer('a', 950)], 'a', rollout, []).wrong).toBe(3);
});

test('a refused release and the way back are two switches: neither version is wrong in between, and the refused one is afterwards', () => {
  const answer = (release: string, began: number): Asked => ({ began, ended: began + 10, release });
  const refused = [{ to: 'bad', asked: 100, began: 100, ended: 500 }, { to: 'a', asked: 300, began: 300, ended: 900 }];
  expect(verdict([answer('bad', 200), answer('a', 250), answer('bad', 800), answer('a', 950)], 'a', refused, []).wrong).toBe(0);
  expect(verdict([answer('bad', 950)], 'a', refused, []).wrong).toBe(1);
});
