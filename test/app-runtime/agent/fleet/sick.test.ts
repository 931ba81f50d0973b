import { expect, test } from 'vitest';
import { type History, observed, whoIsSick } from '../../../../app-runtime/agent/fleet/sick.js';

/** Looks once a second, each look a word of + and - for the servers a, b, c …, and then asks who is sick. */
function after(...looks: readonly string[]): string[] {
  let history: History = new Map();
  looks.forEach((look, second) => {
    history = observed(history, new Map([...look].map((mark, index) => [String.fromCharCode(97 + index), mark === '+'])), second * 1000);
  });
  return whoIsSick(history, (looks.length - 1) * 1000);
}

const seconds = (count: number, look: string) => Array.from({ length: count }, () => look);

test('a server that failed for 20 s while the others are well is replaced', () => {
  expect(after(...seconds(20, '+-+'))).toEqual([]);
  expect(after(...seconds(21, '+-+'))).toEqual(['b']);
});

test('one good answer begins the count again', () => {
  expect(after(...seconds(15, '+-+'), '+++', ...seconds(20, '+-+'))).toEqual([]);
});

test('nobody is replaced while more than half fail: the database is away', () => {
  expect(after(...seconds(600, '---'))).toEqual([]);
  expect(after(...seconds(600, '+--'))).toEqual([]);
});

test('half of the servers well is enough to replace the other half', () => {
  expect(after(...seconds(21, '+-'))).toEqual(['b']);
});

test('when the database comes back, each server has its time to get well', () => {
  expect(after(...seconds(600, '---'), ...seconds(20, '++-'))).toEqual([]);
  expect(after(...seconds(600, '---'), ...seconds(21, '++-'))).toEqual(['c']);
});

test('a server alone is never replaced, and neither is one that is in service no more', () => {
  expect(after(...seconds(600, '-'))).toEqual([]);
  expect(after(...seconds(21, '++-'), '++')).toEqual([]);
});
