import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { untilReady } from '../../../app-runtime/agent/readiness.js';

let server: Server;
let asked: number;

const answering = async (...statuses: number[]) => {
  server = createServer((_, answer) => answer.writeHead(statuses[asked++] ?? statuses.at(-1)!).end('sorry\nno such table'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, path: '/up' };
};

beforeEach(() => {
  asked = 0;
});
afterEach(() => {
  server?.close();
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
  await expect(untilReady(await answering(301), { limit: 1 })).rejects.toThrow('readiness: /up must answer 2xx 3 times in a row within 1 s, got 301 no such table; see the application\'s log');
});

test('what never listens is not ready, and the person is told', async () => {
  const question = await answering(200);
  server.close();
  await expect(untilReady(question, { limit: 1 })).rejects.toThrow(/got connect ECONNREFUSED 127.0.0.1:\d+; see the application's log/);
});

test('an application that ends again and again is not waited for', async () => {
  const question = await answering(503);
  await expect(untilReady(question, { inVain: async () => (asked > 1 ? '3 restarts' : undefined) })).rejects.toThrow("readiness: the application must go on running, got 3 restarts; see the application's log");
});
