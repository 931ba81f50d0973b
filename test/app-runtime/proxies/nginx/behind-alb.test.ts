import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plan } from '../../../../app-runtime/agent/machine/render.js';
import { lay, type Ground } from '../../ground.js';
import { shapes } from '../../machine.js';

const shape = shapes['app-server-alb-django'];
const inNetwork = (network: string) => ({ ...shape, settings: { ...shape.settings, network } });
let ground: Ground;
let nginx: ChildProcess;
let gateway: Server;

interface Heard { status: number; url?: string; headers: Record<string, string> }

async function start(network: string): Promise<void> {
  ground = await lay(plan(inNetwork(network)));
  gateway = createServer((asked, answer) => answer.end(JSON.stringify({ url: asked.url, headers: asked.headers })));
  const socket = join(ground.root, 'run/gateway.sock');
  await new Promise<void>((done) => gateway.listen(socket, done));
  chmodSync(socket, 0o777);
  nginx = spawn('nginx', ['-c', join(ground.root, 'etc/nginx/paddock.conf'), '-g', `${process.getuid?.() === 0 ? 'user www-data; ' : ''}pid ${ground.root}/nginx.pid; daemon off;`], { stdio: 'ignore' });
  for (let tries = 0; (await ask({}).catch(() => undefined)) === undefined; tries++) {
    if (tries > 100) throw new Error('nginx did not start');
    await pause(20);
  }
}

async function end(): Promise<void> {
  if (nginx.exitCode === null) await new Promise((ended) => { nginx.on('exit', ended); nginx.kill('SIGTERM'); });
  gateway.closeAllConnections();
  gateway.close();
  ground.remove();
}

function ask(headers: Record<string, string>, port = ground.site, path = '/'): Promise<Heard> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent: false, headers: { host: 'shop.example.com', ...headers } }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (part: string) => { body += part; }).on('end', () => resolve({ status: answer.statusCode!, headers: {}, ...(answer.statusCode === 200 ? JSON.parse(body) as Omit<Heard, 'status'> : {}) }));
    }).on('error', reject).end();
  });
}

const TRACE = 'Self=1-67891234-12456789abcdef012345678a;Root=1-67891233-abcdef012345678912345678';

beforeAll(() => start('127.0.0.0/8'));
afterAll(end);

test('the visitor is who the load balancer saw, not who the visitor says to be', async () => {
  const { headers } = await ask({ 'x-forwarded-for': '192.0.2.1, 203.0.113.9', 'x-forwarded-proto': 'https', 'x-forwarded-port': '1', 'x-forwarded-host': 'evil.example.com', 'x-amzn-trace-id': TRACE });
  expect(headers).toMatchObject({
    'x-forwarded-for': '203.0.113.9', 'x-real-ip': '203.0.113.9', 'x-forwarded-proto': 'https', 'x-forwarded-port': '443', 'x-forwarded-host': 'shop.example.com',
    'x-request-id': '67891233abcdef012345678912345678',
  });
});

test('a visit by HTTP is one', async () => {
  expect((await ask({ 'x-forwarded-proto': 'http' })).headers).toMatchObject({ 'x-forwarded-proto': 'http', 'x-forwarded-port': '80' });
});

test('a trace id that is none makes no request id', async () => {
  expect((await ask({ 'x-amzn-trace-id': 'Root=1-67891233-evil' })).headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
});

test('the log, the load balancer and the application speak of one request', async () => {
  await ask({ 'x-amzn-trace-id': TRACE, 'x-forwarded-for': '203.0.113.9' }, ground.site, '/traced');
  await pause(50);
  const line = readFileSync(join(ground.root, 'access.log'), 'utf8').split('\n').find((text) => text.includes('/traced'))!;
  expect(JSON.parse(line)).toMatchObject({ request_id: '67891233abcdef012345678912345678', client: '203.0.113.9' });
});

test('the load balancer asks by address, and the application is asked for the site by HTTPS', async () => {
  const { status, url, headers } = await ask({ host: '10.0.1.5:81' }, ground.check, '/ready');
  expect([status, url]).toEqual([200, '/ready']);
  expect(headers).toMatchObject({ host: 'shop.example.com', 'x-forwarded-host': 'shop.example.com', 'x-forwarded-proto': 'https' });
});

test('a server that leaves says so to the load balancer, and answers visitors to the end', async () => {
  writeFileSync(join(ground.root, 'run/draining'), '');
  expect((await ask({}, ground.check)).status).toBe(503);
  expect((await ask({})).status).toBe(200);
  rmSync(join(ground.root, 'run/draining'));
  expect((await ask({}, ground.check)).status).toBe(200);
});

test('connections of the load balancer are kept for longer than it keeps them', () => {
  const { balancerIdle } = shape.manifest.settings.timeouts;
  const kept = Number(/^keepalive_timeout (\d+)s;$/m.exec(readFileSync(join(ground.root, 'etc/nginx/paddock/limits.conf'), 'utf8'))![1]);
  expect(kept).toBeGreaterThan(balancerIdle);
});

test('a peer that is outside of the network is believed nothing', async () => {
  await end();
  await start('10.0.0.0/16');
  const { headers } = await ask({ 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https', 'x-amzn-trace-id': TRACE });
  expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http', 'x-forwarded-port': '80' });
  expect(headers['x-request-id']).not.toBe('67891233abcdef012345678912345678');
});
