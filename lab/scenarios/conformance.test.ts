import { expect, test } from 'vitest';
import { names } from '../../app-runtime/gateways.js';
import { conform } from '../conformance/conform.js';

/** One besides Gunicorn, another each day: `npm run conformance` asks all of them, behind either proxy. */
const others = names.filter((name) => name !== 'gunicorn');
const today = others[Math.floor(Date.now() / 86_400_000) % others.length]!;

test.each([
  { gateway: 'gunicorn', proxy: 'nginx' },
  { gateway: process.env['GATEWAY'] ?? today, proxy: 'apache' },
] as const)('$gateway behind $proxy keeps what the contract promises', async (place) => {
  const broken = (await conform({ ...place, topology: 'single-node' }, { switches: 3 })).filter(({ kept }) => !kept);
  expect(broken).toEqual([]);
});
