import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ServersFile } from '../../../../app-runtime/agent/balancing/servers-file.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paddock-servers-'));
  path = join(folder, 'servers');
});
afterEach(() => rmSync(folder, { recursive: true }));
const said = () => readFileSync(path, 'utf8');

test('the same set is written once, whatever the order it comes in', async () => {
  const file = new ServersFile(path);
  expect(await file.use(['10.0.1.5:8000', '10.0.0.5:8000'])).toBe(true);
  expect(said()).toBe('10.0.0.5:8000\n10.0.1.5:8000\n');
  expect(await file.use(['10.0.0.5:8000', '10.0.1.5:8000'])).toBe(false);
});

test('a machine that boots again takes up the last known set', async () => {
  await new ServersFile(path).use(['10.0.0.5:8000']);
  expect(await new ServersFile(path).recall()).toEqual(['10.0.0.5:8000']);
  expect(await new ServersFile(join(folder, 'none')).recall()).toEqual([]);
});

test('while connections are being closed the set goes on changing', async () => {
  const file = new ServersFile(path);
  await file.use(['10.0.0.5:8000']);
  await file.close(true);
  await file.use(['10.0.0.6:8000']);
  expect(said()).toBe('closing\n10.0.0.6:8000\n');
  await file.close(false);
  expect(said()).toBe('10.0.0.6:8000\n');
});

test('changes that come at once are made one after another, and the last one stays', async () => {
  const file = new ServersFile(path);
  await Promise.all([file.use(['10.0.0.1:8000']), file.use(['10.0.0.2:8000']), file.close(true), file.use(['10.0.0.3:8000'])]);
  expect(said()).toBe('closing\n10.0.0.3:8000\n');
});
