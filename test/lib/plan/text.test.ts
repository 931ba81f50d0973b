import fc from 'fast-check';
import { expect, test } from 'vitest';
import { table, wrap } from '../../../lib/plan/text.js';

test('a line is broken between words at 100 columns, and loses none', () => {
  const words = fc.array(fc.stringMatching(/^[a-z./:]{1,30}$/), { minLength: 1, maxLength: 60 });
  fc.assert(fc.property(words, fc.integer({ min: 0, max: 8 }), (some, indent) => {
    const lines = wrap(some.join(' '), indent);
    expect(lines.every((line) => line.length <= 100)).toBe(true);
    expect(lines.map((line) => line.trim()).join(' ')).toBe(some.join(' '));
  }));
});

test('a word that is longer than a line stays whole', () => {
  expect(wrap(`see ${'x'.repeat(120)}`, 2)).toEqual(['  see', `    ${'x'.repeat(120)}`]);
});

test('numbers stand to the right, and nothing trails', () => {
  expect(table([['', '$'], ['disk', '0.64'], ['server', '15.18']], ['left', 'right'])).toEqual(['              $', '  disk     0.64', '  server  15.18']);
});
