import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type LastWords, pack, printable, unpack } from '../../app-runtime/last-words.js';

const words: LastWords = {
  instance: 'i-0123456789abcdef0', at: '2026-11-24T12:00:00.000Z', release: 'ab12'.repeat(16), step: 'readiness',
  error: 'readiness: / must answer 2xx 3 times in a row within 60 s, got 500; correct the application and deploy again', serves: 'release cd34cd34cd34',
  cause: 'ValueError: no price (shop/views.py:12)', readiness: '500 Server Error',
  log: Array.from({ length: 150 }, (_, line) => `  File "app/shop/views.py", line ${line}, in view`),
};

test('a hundred and fifty lines of a traceback fit into a parameter', () => {
  expect(Buffer.byteLength(pack(words))).toBeLessThanOrEqual(4096);
  expect(unpack(pack(words))).toEqual(words);
});

test('of lines that do not compress the last are kept', () => {
  const log = Array.from({ length: 150 }, () => randomBytes(60).toString('base64'));
  const kept = unpack(pack({ ...words, log })).log;
  expect(kept.length).toBeGreaterThan(10);
  expect(log.slice(-kept.length)).toEqual(kept);
});

test('words of any length and script fit, and each keeps its beginning', () => {
  const long = '仕入れ"\\'.repeat(1000);
  const value = pack({ ...words, error: long, cause: long, readiness: long, log: [...words.log, randomBytes(9000).toString('base64')] });
  expect(Buffer.byteLength(value)).toBeLessThanOrEqual(4096);
  const { error, cause, readiness, log } = unpack(value);
  for (const kept of [error, cause!, readiness!]) expect(long.startsWith(kept) && kept.length > 60).toBe(true);
  expect(log.length).toBeGreaterThan(1);
});

test('a template\'s braces, which Parameter Store would take for a reference and refuse, come through', () => {
  const quoting = { ...words, error: "could not parse '{{ price' from '{{{price}}}'", cause: '{{', log: ['{{ price }}'] };
  expect(pack(quoting)).not.toContain('{{');
  expect(unpack(pack(quoting))).toEqual(quoting);
});

test('words without a cause, as of a machine that began before there were any, are read', () => {
  const { cause, readiness, ...old } = words;
  const value = JSON.stringify({ ...old, log: gzipSync(old.log.join('\n')).toString('base64') });
  expect(unpack(value)).toEqual(old);
  expect(unpack(pack(old))).toEqual(old);
});

test('a line of a log cannot command the terminal that it is printed on', () => {
  expect(printable('\x1b[1;31mred\x1b[0m \x1b]0;title\x07\r\tnaïve 仕入れ\u202e\u2028')).toBe('red ]0;title\tnaïve 仕入れ');
});
