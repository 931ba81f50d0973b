import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareVersions } from '../../../lib/packages/version.js';

/** What dpkg itself says. */
function judged(one: string, other: string): number {
  const holds = (relation: string) => spawnSync('dpkg', ['--compare-versions', one, relation, other]).status === 0;
  return holds('lt') ? -1 : holds('gt') ? 1 : 0;
}

test.each([
  ['1.26.3-3+deb13u9', '1.26.3-3+deb13u11'], ['1.0~rc1-1', '1.0-1'], ['1:0.9', '2.0'], ['2.41-12', '2.41-12+deb13u1'], ['1.0', '1.0-0'], ['1.0-1', '1.0-1'],
  ['20.19.2+dfsg-1', '20.19.2+dfsg-1+deb13u3'], ['1.2-3-4', '1.2-4-1'], ['09.0', '9.0'], ['1.0.', '1.0a'],
])('%s and %s stand to each other as dpkg says', (one, other) => {
  expect(Math.sign(compareVersions(one, other))).toBe(judged(one, other));
  expect(Math.sign(compareVersions(other, one))).toBe(judged(other, one));
});

test('any two versions stand to each other as dpkg says', () => {
  const part = fc.stringMatching(/^[0-9][0-9a-c.+~]{0,6}$/);
  const version = fc.tuple(fc.constantFrom('', '1:', '2:'), part, fc.constantFrom('', '-1', '-1~a', '-2+deb13u1')).map((parts) => parts.join(''));
  fc.assert(fc.property(version, version, (one, other) => { expect(Math.sign(compareVersions(one, other))).toBe(judged(one, other)); }), { numRuns: 300 });
});
