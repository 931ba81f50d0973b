import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { bundleAgent } from '../../app-runtime/bundle.js';

const folder = mkdtempSync(join(tmpdir(), 'paddock-bundle-'));
const [one, other] = ['one.mjs', 'other.mjs'].map((name) => join(folder, name)) as [string, string];
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the same sources give the same agent, byte for byte', () => {
  bundleAgent(one);
  bundleAgent(other);
  expect(readFileSync(one).equals(readFileSync(other))).toBe(true);
});

test('the agent runs as one file, and where no machine was set up it says so and fails', () => {
  bundleAgent(one);
  const { status, stdout } = spawnSync('node', [one, 'bring', '{}'], { encoding: 'utf8', env: { PATH: process.env.PATH } });
  expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({ event: 'stopped', error: expect.stringContaining('/etc/paddock/settings.json') });
  expect(status).toBe(1);
});
