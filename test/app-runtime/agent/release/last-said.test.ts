import { expect, test } from 'vitest';
import type { Run } from '../../../../app-runtime/agent/machine/command.js';
import { lastSaid } from '../../../../app-runtime/agent/release/last-said.js';

const DIGEST = '46788a0b97c1'.padEnd(64, 'e');

/** A journal in which each unit has raised an exception that names it. */
const journal: Run = async (command) => {
  const units = command.flatMap((word, index) => (command[index - 1] === '-u' ? [word] : []));
  const lines = units.filter((unit) => unit.startsWith('app-') && unit !== 'app-inspect.service').flatMap((unit) => ['Traceback (most recent call last):', '  File "/srv/x.py", line 1, in <module>', `RuntimeError: ${unit}`].map((MESSAGE) => JSON.stringify({ _PID: unit, MESSAGE })));
  return { code: 0, stdout: lines.reverse().join('\n'), stderr: '' };
};

test('what goes on serving while a release fails is not blamed, and its words are told all the same', async () => {
  const { log, cause } = await lastSaid(0, DIGEST, 'b', journal);
  expect(cause).toBe('RuntimeError: app-release.service');
  expect(log).toContain('RuntimeError: app-b.service');
  const only = (wanted: string): Run => (command) => journal(command.map((word) => (word.startsWith('app-') && word !== wanted ? 'other.service' : word)));
  expect((await lastSaid(0, DIGEST, 'b', only('app-b.service'))).cause).toBeUndefined();
  expect((await lastSaid(0, DIGEST, 'a', only('app-b.service'))).cause).toBe('RuntimeError: app-b.service');
});

test('a journal that cannot be read has no cause', async () => {
  expect(await lastSaid(0, DIGEST, undefined, () => Promise.reject(new Error('no journal')))).toEqual({ log: ['no journal'], cause: undefined });
});
