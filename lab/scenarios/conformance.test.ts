import { expect, test } from 'vitest';
import { names } from '../../app-runtime/gateways.js';
import { conform } from '../conformance/conform.js';
import { turn } from './turn.js';

/** One besides Gunicorn, whose turn it is or that `GATEWAY` names: `npm run conformance` asks all of them, behind either proxy. */
const other = process.env['GATEWAY'] ?? turn(names.filter((name) => name !== 'gunicorn'));

test.each([
  { gateway: 'gunicorn', proxy: 'nginx' },
  { gateway: other, proxy: 'apache' },
] as const)('$gateway behind $proxy keeps what the contract promises', async (place) => {
  const broken = (await conform({ ...place, topology: 'single-node' }, { switches: 3 })).filter(({ kept }) => !kept);
  expect(broken).toEqual([]);
});
