import { expect, test } from 'vitest';
import { names } from '../../app-runtime/gateways.js';
import { conform } from '../conformance/conform.js';

/** One besides Gunicorn, another each day: `npm run conformance` asks all of them. */
const others = names.filter((name) => name !== 'gunicorn');
const today = others[Math.floor(Date.now() / 86_400_000) % others.length]!;

test.each(['gunicorn', process.env['GATEWAY'] ?? today])('%s keeps what the contract promises', async (gateway) => {
  const broken = (await conform(gateway, 'single-node', { switches: 3 })).filter(({ kept }) => !kept);
  expect(broken).toEqual([]);
});
