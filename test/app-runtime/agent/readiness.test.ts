import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { untilReady } from '../../../app-runtime/agent/readiness.js';

let folder: string;
let server: Server;
let asked: number;

const answering = async (...statuses: number[]) => {
  server = createServer((_, answer) => answer.writeHead(statuses[asked++] ?? statuses.at(-1)!).end('sorry\nno such table'));
  await new Promise<void>((done) => server.listen(join(folder, 'socket'), done));
  return { socketPath: join(folder, 'socket'), path: '/up' };
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paddock-ready-'));
  asked = 0;
});
afterEach(() => {
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('an application is ready when it has answered well three times in a row', async () => {
  await untilReady(await answering(200));
  expect(asked).toBe(3);
});

test('one bad answer begins the count again', async () => {
  await untilReady(await answering(200, 200, 500, 204));
  expect(asked).toBe(6);
});

test('a redirect is no good answer', async () => {
  await expect(untilReady(await answering(301), 1)).rejects.toThrow('readiness: /up must answer 2xx 3 times in a row within 1 s, got 301 no such table; see the application\'s log');
});

test('what never listens is not ready, and the person is told', async () => {
  await expect(untilReady({ socketPath: join(folder, 'nobody'), path: '/' }, 1)).rejects.toThrow(/got connect ENOENT .*nobody/);
});
