import { describe, expect, test } from 'vitest';
import { type Candidate, chosen, servedRelease } from '../../../../app-runtime/agent/balancing/choice.js';
import type { Condition } from '../../../../app-runtime/agent/balancing/condition.js';
import { found } from '../../../../app-runtime/agent/balancing/replacement.js';
import type { HealthReport } from '../../../../app-runtime/agent/fleet/health.js';

const says = (state: HealthReport['state'], ready: boolean, release = 'one'): Condition => ({ found: 'answer', report: { state, ready, release, busy: 0, backlog: 0, threads: 48 } });
const serving = says('serving', true);
const sick = says('serving', false);
const draining = says('draining', true);
const server = (name: string, condition: Condition | undefined, lifecycleState = 'InService'): Candidate => ({ instanceId: name, address: name, lifecycleState, condition });
const names = (...candidates: Candidate[]) => chosen(candidates).map(({ instanceId }) => instanceId);

describe('who takes requests', () => {
  test('a server that is well and in service does', () => expect(names(server('a', serving), server('b', serving))).toEqual(['a', 'b']));
  test('a server that is well waits until its group says that it is in service', () => expect(names(server('a', serving), server('b', serving, 'Pending:Wait'))).toEqual(['a']));
  test('a server that says that it leaves does not, whatever its group says', () => expect(names(server('a', serving), server('b', draining))).toEqual(['a']));
  test('a server whose application does not answer does not, while half of the servers are well', () => expect(names(server('a', serving), server('b', sick))).toEqual(['a']));
  test('a server that hangs or is gone does not', () => {
    expect(names(server('a', serving), server('b', { found: 'silence' }))).toEqual(['a']);
    expect(names(server('a', serving), server('b', { found: 'nothing' }), server('c', { found: 'nothing' }))).toEqual(['a']);
  });
  test('where most of the servers that are there fail, all of them do: it is nothing of theirs', () => {
    expect(names(server('a', serving), server('b', sick), server('c', sick))).toEqual(['a', 'b', 'c']);
    expect(names(server('a', sick), server('b', sick))).toEqual(['a', 'b']);
  });
  test('one that is gone is not brought back by others that fail', () => expect(names(server('a', serving), server('b', { found: 'nothing' }), server('c', sick))).toEqual(['a']));
  test('where none can be asked, all in service do, but none that has said that it leaves', () => {
    expect(names(server('a', { found: 'nothing' }), server('b', { found: 'refusal' }), server('c', draining))).toEqual(['a', 'b']);
  });
  test('where all leave, none does', () => expect(names(server('a', draining))).toEqual([]));
});

test('the release that most servers serve is the one whose static files come first', () => {
  expect(servedRelease([server('a', serving), server('b', says('serving', true, 'two')), server('c', says('serving', true, 'two'))])).toBe('two');
  expect(servedRelease([server('a', serving), server('b', says('serving', true, 'two'), 'Pending'), server('c', says('starting', false, 'two'))])).toBe('one');
  expect(servedRelease([])).toBeUndefined();
});

test('who is about to join or to leave is neither well nor sick, and who is not reached is EC2\'s to judge', () => {
  const candidates = [server('a', serving), server('b', sick), server('c', draining), server('d', says('starting', false)), server('e', serving, 'Pending'), server('f', { found: 'nothing' }), server('g', undefined), server('h', { found: 'silence' })];
  expect(found(candidates)).toEqual(new Map([['a', true], ['b', false], ['d', false], ['h', false]]));
});
