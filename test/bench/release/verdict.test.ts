import { describe, expect, test } from 'vitest';
import type { Asked } from '../../../lab/scenarios/load.js';
import { lastLine } from '../../../bench/release/report.js';
import { verdict } from '../../../lab/scenarios/verdict.js';

/** From a to b between 100 and 200, and back between 300 and 400. */
const switches = [{ to: 'b', asked: 50, began: 100, ended: 200 }, { to: 'a', asked: 250, began: 300, ended: 400 }];
const get = (release: string, began: number, ended: number): Asked => ({ release, began, ended });
const post = (id: string, rest: Partial<Asked> = { release: 'a' }): Asked => ({ id, began: 10, ended: 20, ...rest });
const judge = (asked: readonly Asked[], stored: readonly string[] = []) => verdict(asked, 'a', switches, stored);

describe('a request is lost', () => {
  test('when it has no good answer, whether or not it was stored', () => {
    const { lost, doubled, faults } = judge([post('1', { fault: 'status 502' }), post('2', { fault: 'status 502' }), { began: 1, ended: 2, fault: 'ECONNRESET on a kept connection' }], ['1']);
    expect({ lost, doubled }).toEqual({ lost: 3, doubled: 0 });
    expect(faults).toEqual({ 'status 502': 2, 'ECONNRESET on a kept connection': 1 });
  });

  test('when its good answer says that it was stored, and it was not', () => {
    expect(judge([post('1'), post('2')], ['1']).lost).toBe(1);
  });
});

test('a request is doubled when the application stored it twice', () => {
  expect(judge([post('1'), post('2')], ['1', '2', '1'])).toMatchObject({ lost: 0, doubled: 1 });
});

describe('a version is wrong', () => {
  test.each([
    ['the new one before the hand-over began', get('b', 80, 99)],
    ['the old one, asked after it was gone', get('a', 201, 210)],
    ['one that nobody deployed', get('c', 150, 160)],
    ['the new one of the switch before, asked after it was gone', get('b', 401, 402)],
  ])('%s', (_, asked) => {
    expect(judge([asked]).wrong).toBe(1);
  });

  test.each([
    ['the old one, asked while it could still answer', get('a', 199, 500)],
    ['the new one, asked before the hand-over and answered in it', get('b', 80, 100)],
    ['either one, while both serve', get('a', 150, 160)],
    ['the first release again, after the second switch', get('a', 500, 510)],
  ])('not %s', (_, asked) => {
    expect(judge([asked]).wrong).toBe(0);
  });
});

test('while a switch has failed either version is right, and it does not count as made', () => {
  const failed = [switches[0]!, { to: 'a', asked: 250, began: 250 }];
  expect(verdict([get('b', 500, 510), get('a', 600, 610), get('c', 600, 610)], 'a', failed, [])).toMatchObject({ switches: 1, wrong: 1 });
});

test('how long both serve counts from the first request that the new release answered to the last that the old one did', () => {
  const { both } = judge([get('a', 90, 105), get('b', 120, 125), get('a', 150, 160), get('b', 170, 175), get('b', 310, 320), get('a', 330, 340)]);
  expect(both).toEqual({ median: 30, max: 30 });
});

test('nobody is answered between two good answers, however many bad ones there are', () => {
  const { silence } = judge([get('a', 90, 105), { began: 110, ended: 120, fault: 'status 502' }, get('b', 170, 175), get('a', 310, 315)]);
  expect(silence.max).toBe(140);
});

test('the last line says what the goal is about', () => {
  expect(lastLine(judge([post('1')], ['1']))).toBe('2 switches, 1 requests, 0 lost, 0 doubled, 0 wrong version');
});
