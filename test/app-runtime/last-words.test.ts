import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { type LastWords, pack, unpack } from '../../app-runtime/last-words.js';
import { told } from '../../bin/why.js';

const words: LastWords = {
  instance: 'i-0123456789abcdef0', at: '2026-11-24T12:00:00.000Z', release: 'ab12'.repeat(16), step: 'readiness',
  error: 'readiness: / must answer 2xx 3 times in a row within 60 s, got 500; see the application\'s log', serves: 'release cd34cd34cd34',
  log: Array.from({ length: 150 }, (_, line) => `  File "/opt/paddock/releases/x/app/shop/views.py", line ${line}, in view`),
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

test('a person reads which machine, which step, why, and what still serves', () => {
  expect(told('shop', { ...words, log: ['ValueError: no'] })).toBe([
    'shop: i-0123456789abcdef0 failed at step readiness, 2026-11-24T12:00:00.000Z',
    '  readiness: / must answer 2xx 3 times in a row within 60 s, got 500; see the application\'s log',
    '  release ab12ab12ab12',
    '  what serves: release cd34cd34cd34',
    '  the last log lines:',
    '    ValueError: no',
  ].join('\n'));
});

test('a deployment none of whose machines failed has nothing to tell', () => {
  expect(told('shop', undefined)).toBe('shop: no machine has left last words');
});
