import { createServer } from 'node:net';
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { AUnit, until } from './a-unit.js';

const SERVER = `
const http = require('node:http');
const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://site');
  if (url.pathname === '/die') process.exit(3);
  if (url.pathname === '/spin') for (;;);
  if (url.pathname === '/never') return;
  if (url.pathname === '/ready') return response.writeHead(503).end();
  if (url.pathname === '/break') return response.writeHead(200, { 'content-length': 100 }).write('half', () => request.socket.destroy());
  let body = '';
  request.on('data', (part) => { body += part; }).on('end', () => setTimeout(() => {
    response.setHeader('set-cookie', ['a=1', 'b=2']);
    response.end(JSON.stringify({ headers: request.headers, body, port: process.env.PORT, told: Object.keys(process.env).filter((name) => name.startsWith('LISTEN')) }));
  }, Number(url.searchParams.get('wait') ?? 0)));
});
server.on('upgrade', (request, socket) => {
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: echo\\r\\n\\r\\n');
  socket.pipe(socket);
});
process.on('SIGTERM', () => { console.log('the server was told to end'); process.exit(0); });
server.listen(process.env.PORT, process.env.HOST);
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => { server.once('listening', done); });
  const { port } = server.address() as { port: number };
  await new Promise((done) => { server.close(done); });
  return port;
}

async function front(settings: object = {}, words: readonly string[] = [], server = SERVER): Promise<AUnit> {
  const port = await freePort();
  const all = { slot: 'a', ports: { a: port, candidate: port }, places: 4, readiness: '/ready', keepAlive: 0, timeout: 35, gracefulStop: 10, ...settings };
  const unit = new AUnit({}, all, { 'server.js': server }, (file) => ['../front.mjs', file, ...words, '--', process.execPath, 'server.js']);
  await unit.untilMarked(1);
  return unit;
}

test('a server that opens a port is asked on the inherited socket, and everything that a request says arrives', async () => {
  const unit = await front();
  const { status, headers, body } = await unit.ask('/a?b=c', { method: 'POST', headers: { host: 'shop.example', 'x-two': ['one', 'other'], 'transfer-encoding': 'chunked' } }, 'a body');
  expect({ status, cookies: headers['set-cookie'] }).toEqual({ status: 200, cookies: ['a=1', 'b=2'] });
  expect(JSON.parse(body)).toMatchObject({ headers: { host: 'shop.example', 'x-two': 'one, other' }, body: 'a body', told: [] });
  expect(headers['x-paddock-worker']).toBeUndefined();
});

test('the candidate names itself in each answer', async () => {
  const unit = await front({}, ['--candidate']);
  expect((await unit.ask('/')).headers['x-paddock-worker']).toBe(String(unit.marks[0]));
});

test('what is in flight is marked, and no more than that', async () => {
  const unit = await front();
  const asked = [unit.ask('/?wait=500'), unit.ask('/?wait=500')];
  await until(() => unit.busy === 2, () => `2 busy, got ${unit.busy}`);
  await Promise.all(asked);
  await until(() => unit.busy === 0, () => `0 busy, got ${unit.busy}`);
});

test('told to end, it answers what it has, lets the server end, and ends well', async () => {
  const unit = await front();
  const asked = unit.ask('/?wait=1000');
  await until(() => unit.busy === 1, () => 'a request in flight');
  unit.stop();
  expect((await asked).status).toBe(200);
  expect(await unit.ended()).toBe(0);
  expect(unit.said).toBe('the server was told to end\n');
});

test('told to end, it answers a visitor whose request comes a little after the connection', async () => {
  const unit = await front();
  const answered = unit.askLate(600);
  setTimeout(() => unit.stop(), 200);
  expect(await answered).toBe('HTTP/1.1 200 OK');
  expect(await unit.ended()).toBe(0);
});

test('told to end, it waits for nobody who is connected and asks nothing', async () => {
  const unit = await front({ gracefulStop: 100 });
  const answered = unit.askLate(100_000);
  setTimeout(() => unit.stop(), 200);
  expect(await unit.ended()).toBe(0);
  expect(await answered).toBe('');
});

test('what is not done at the request budget is cut, and said', async () => {
  const unit = await front({ gracefulStop: 1 });
  const asked = unit.ask('/?wait=20000');
  await until(() => unit.busy === 1, () => 'a request in flight');
  unit.stop();
  expect((await asked).status).toBe(502);
  expect(await unit.ended()).toBe(0);
  expect(unit.said).toContain('cut 1 requests at the request budget\n');
});

test('a server that answers nothing any more is killed, and said so', async () => {
  const unit = await front({ timeout: 1 });
  await Promise.all([unit.ask('/spin').catch(() => {}), unit.ended()]);
  expect(unit.said).toContain(`killed ${process.execPath}: it answered nothing for 1 s\n`);
  expect(await unit.ended()).toBe(1);
});

test('one request that is never answered kills nothing as long as the server says something else', async () => {
  const unit = await front({ timeout: 1 });
  expect((await unit.ask('/never')).status).toBe(502);
  await pause(1500);
  expect((await unit.ask('/')).status).toBe(200);
  expect(unit.said).not.toContain('killed');
});

test('a server that listens before it has loaded the application is not marked until it answers', async () => {
  const late = SERVER.replace('http.createServer((request, response) => {', 'http.createServer(async (request, response) => { await new Promise((done) => { setTimeout(done, Math.max(0, 1500 - process.uptime() * 1000)); });');
  const began = Date.now();
  await front({}, [], late);
  expect(Date.now() - began).toBeGreaterThan(1400);
});

test('a server that ends takes the front with it, so that systemd starts both again', async () => {
  const unit = await front();
  void unit.ask('/die').catch(() => {});
  expect(await unit.ended()).toBe(1);
  expect(unit.said).toMatch(/node ended: exit code 3\n/);
});

test('an answer that breaks off does not look whole', async () => {
  const unit = await front();
  await expect(unit.ask('/break')).rejects.toThrow();
});

test('a program that cannot be run ends the unit with the reason', async () => {
  const unit = new AUnit({}, { slot: 'a', ports: { a: await freePort() }, places: 4, readiness: '/', keepAlive: 0, timeout: 35, gracefulStop: 10 }, {}, (file) => ['../front.mjs', file, '--', './nowhere']);
  expect(await unit.ended()).toBe(1);
  expect(unit.said).toContain('./nowhere must be a program that this machine can run, got spawn ./nowhere ENOENT');
});

test('a connection becomes what both ends make of it', async () => {
  const unit = await front();
  const heard = await new Promise<string>((resolve, reject) => {
    const sent = request({ socketPath: unit.socket, path: '/', agent: false, headers: { connection: 'Upgrade', upgrade: 'echo' } });
    sent.on('upgrade', (_, socket) => { socket.once('data', (chunk: Buffer) => { resolve(chunk.toString()); socket.destroy(); }); socket.write('hello'); });
    sent.on('error', reject).end();
  });
  expect(heard).toBe('hello');
});
