import { expect, test } from 'vitest';
import { closure } from '../../../lib/packages/closure.js';
import { catalogue, stanzas } from '../../../lib/packages/stanza.js';

/** An index with these packages: a name, and what else it says. */
function index(packages: Readonly<Record<string, string>>): string {
  return Object.entries(packages).map(([name, fields]) => `Package: ${name}\nVersion: 1.0-1\n${fields}Filename: pool/${name}.deb\nSHA256: ${name}\n`).join('\n');
}

const from = (...indexes: string[]) => catalogue(indexes.flatMap((text) => [...stanzas(text)]));
const names = (roots: string[], packages: Readonly<Record<string, string>>) => closure(roots, from(index(packages))).map(({ name }) => name);

test('what a package needs comes along, and what that needs, once', () => {
  expect(names(['a'], { a: 'Depends: b (>= 1.0), c:any\n', b: 'Pre-Depends: d\nDepends: c\n', c: 'Depends: a\n', d: '', e: '' })).toEqual(['a', 'b', 'c', 'd']);
});

test('what is only recommended stays away', () => {
  expect(names(['a'], { a: 'Recommends: b\nSuggests: c\n', b: '', c: '' })).toEqual(['a']);
});

test('of alternatives the first that there is comes along, or who provides it', () => {
  expect(names(['a'], { a: 'Depends: gone | b | c\n', b: '', c: '' })).toEqual(['a', 'b']);
  expect(names(['a'], { a: 'Depends: abi-1\n', z: 'Provides: abi-1 (= 1)\n', y: 'Provides: abi-1\n' })).toEqual(['a', 'y']);
});

test('a package that Debian does not have is named', () => {
  expect(() => names(['a'], { a: 'Depends: x | y\n' })).toThrow('no package x | y in Debian\'s index');
});

test('of two indexes the newer package counts, whichever comes first', () => {
  const [older, newer] = [index({ a: '' }), index({ a: '' }).replace('1.0-1', '1.0-1+deb13u1')];
  for (const both of [[older, newer], [newer, older]]) expect(from(...both).get('a')!.version).toBe('1.0-1+deb13u1');
});
