import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { untilReady } from '../../../../app-runtime/agent/release/readiness.js';

let server: Server;
let asked: number;

const answering = async (...statuses: number[]) => {
  server = createServer((_, answer) => answer.writeHead(statuses[asked++] ?? statuses.at(-1)!).end('sorry\nno such table'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, path: '/up', site: 'shop.example.com' };
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
  await expect(untilReady(await answering(301), { limit: 1 })).rejects.toThrow('/up must answer 2xx 3 times in a row within 1 s, got 301 no such table; correct the application and deploy again');
});

test('what never listens is not ready, and the person is told', async () => {
  const question = await answering(200);
  server.close();
  await expect(untilReady(question, { limit: 1 })).rejects.toThrow(/got connect ECONNREFUSED 127.0.0.1:\d+; correct the application/);
});

test('an application that ends again and again is not waited for', async () => {
  const question = await answering(503);
  await expect(untilReady(question, { inVain: async () => (asked > 1 ? '3 restarts' : undefined) })).rejects.toThrow('the application must go on running, got 3 restarts; correct it and deploy again');
});

/** Four workers behind one port, of which each question meets another one; some of them are bad. */
const fourWorkers = async (...bad: number[]) => {
  server = createServer((_, answer) => {
    const worker = asked++ % 4;
    setTimeout(() => answer.writeHead(bad.includes(worker) ? 500 : 200, { 'x-paddock-worker': String(worker) }).end('well'), 5);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port, path: '/', site: 'shop.example.com' };
};

test('each of four workers must answer well three times', async () => {
  await untilReady(await fourWorkers(), { workers: 4, atOnce: 16 });
  expect(asked).toBeGreaterThanOrEqual(12);
});

test('one bad worker of four is not ready', async () => {
  await expect(untilReady(await fourWorkers(2), { workers: 4, atOnce: 16, limit: 2 })).rejects.toThrow('/ must answer 2xx 3 times in a row from each of 4 workers within 2 s, got 500 well');
});

test('a bad worker that was not asked last is told all the same', async () => {
  const question = await answering(500, 200);
  await expect(untilReady(question, { workers: 2, limit: 1 })).rejects.toThrow('from each of 2 workers within 1 s, got 500 no such table; correct');
});

test('how many of the workers were ready is told when none was bad', async () => {
  await expect(untilReady(await answering(200), { workers: 2, limit: 1 })).rejects.toThrow('from each of 2 workers within 1 s, got 200 from 1 of them; correct');
});

test('the application is asked for the site by its own host', async () => {
  let host = '';
  server = createServer((question, answer) => { host = question.headers.host ?? ''; answer.end(); });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  await untilReady({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, path: '/', site: 'shop.example.com' });
  expect(host).toBe('shop.example.com');
});
