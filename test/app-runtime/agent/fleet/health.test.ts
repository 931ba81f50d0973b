import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask } from '../../../../app-runtime/agent/aws/http.js';
import { pause } from '../../../../app-runtime/agent/aws/retry.js';
import { Health } from '../../../../app-runtime/agent/fleet/health.js';

/** Long enough for an answer of a busy computer. */
const PERIOD = 300;
const digest = 'b'.repeat(64);

let application: Server;
/** What the application does with a question; undefined: nothing at all. */
let status: number | undefined;
let asked: Record<string, unknown>[];
let health: Health;
let port: number;

beforeEach(async () => {
  [status, asked] = [200, []];
  application = createServer((question, answer) => {
    asked.push({ url: question.url, ...question.headers });
    if (status !== undefined) answer.writeHead(status).end();
  });
  await new Promise<void>((done) => application.listen(0, '127.0.0.1', done));
  health = new Health(digest, async () => ({ busy: 0.25, backlog: 3, threads: 48 }), PERIOD);
  port = ((await health.listen(0, '127.0.0.1')).address() as AddressInfo).port;
});

afterEach(() => {
  health.close();
  application.closeAllConnections();
  application.close();
});

const question = () => ({ host: '127.0.0.1', port: (application.address() as AddressInfo).port, path: '/ready', site: 'shop.example.com', bare: true });

async function answer(path = '/health') {
  const { status: code, body } = await ask({ host: '127.0.0.1', port, path });
  return { code, body: body ? JSON.parse(body) as Record<string, unknown> : undefined };
}

test('a server that starts says so from the first moment', async () => {
  expect(await answer()).toEqual({ code: 503, body: { state: 'starting', ready: false, release: digest, busy: 0, backlog: 0, threads: 0 } });
});

test('a server that serves tells how busy it is, and asks the gateway as the proxy would', async () => {
  health.serve(question());
  await expect.poll(() => answer(), { interval: 10 }).toEqual({ code: 200, body: { state: 'serving', ready: true, release: digest, busy: 0.25, backlog: 3, threads: 48 } });
  expect(asked[0]).toMatchObject({ url: '/ready', host: 'shop.example.com', 'x-forwarded-proto': 'https' });
});

test('an application that fails twice in a row is not ready, and is again after one good answer', async () => {
  health.serve(question());
  await pause(PERIOD / 2);
  status = 500;
  await expect.poll(() => answer(), { interval: 10 }).toMatchObject({ code: 503, body: { state: 'serving', ready: false } });
  status = 200;
  await expect.poll(() => answer(), { interval: 10 }).toMatchObject({ code: 200, body: { ready: true } });
});

test('an application that hangs is found out within three periods', async () => {
  health.serve(question());
  await pause(PERIOD / 2);
  status = undefined;
  const began = Date.now();
  await expect.poll(() => health.open, { interval: 2 }).toBe(false);
  expect(Date.now() - began).toBeLessThan(3.5 * PERIOD);
});

test('one bad answer is not enough', async () => {
  health.serve(question());
  await pause(PERIOD / 2);
  application.once('request', () => { status = 200; });
  status = 500;
  for (const end = Date.now() + 3 * PERIOD; Date.now() < end; await pause(10)) expect(health.open).toBe(true);
});

test('a server that drains says so for good, whatever its application answers', async () => {
  health.serve(question());
  expect(health.drain()).toBe(true);
  health.serve(question());
  expect(await answer()).toMatchObject({ code: 503, body: { state: 'draining' } });
});

test('however many ask, the application is asked once a period', async () => {
  const began = Date.now();
  health.serve(question());
  await Promise.all(Array.from({ length: 100 }, () => answer()));
  await pause(PERIOD * 3);
  expect(asked.length).toBeLessThanOrEqual((Date.now() - began) / PERIOD + 1);
});

test('nothing but its health can be asked', async () => {
  expect((await answer('/')).code).toBe(404);
  expect((await ask({ host: '127.0.0.1', port, path: '/health', method: 'POST' })).status).toBe(404);
});
