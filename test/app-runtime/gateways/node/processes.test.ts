import { expect, test } from 'vitest';
import { AUnit, until } from '../../gateway/a-unit.js';

const APP = `
const http = require('node:http');
const server = http.createServer((request, response) => {
  const url = new URL(request.url, 'http://site');
  if (url.pathname === '/spin') for (;;);
  setTimeout(() => response.end(String(process.pid)), Number(url.searchParams.get('wait') ?? 0));
});
server.listen(process.env.PORT, () => console.log('listening as the application knows it'));
process.on('SIGTERM', () => { console.log('closing the database'); process.exit(0); });
`;

const PROGRAMS = Object.fromEntries(['node_gateway.mjs', 'node_worker.cjs'].map((name) => [name, `gateways/node/templates/usr/local/lib/paddock/${name}`]));

function gateway(settings: object = {}, app = APP, words: readonly string[] = []): AUnit {
  return new AUnit(PROGRAMS, { workers: 2, places: 4, heap: 64, keepAlive: 0, timeout: 35, gracefulStop: 10, ...settings }, { 'app.js': app }, (file) => ['../node_gateway.mjs', file, ...words, '--', 'app.js']);
}

test('as many workers as were asked for take requests from the one socket, whatever port the application names', async () => {
  const unit = gateway();
  await unit.untilMarked(2);
  const { body, headers } = await unit.ask('/');
  expect(unit.marks).toContain(Number(body));
  expect(headers['x-paddock-worker']).toBeUndefined();
  expect(unit.said).toContain('listening as the application knows it');
});

test('each worker of the candidate is heard, and names itself', async () => {
  const unit = gateway({}, APP, ['--candidate']);
  await unit.untilMarked(2);
  const heard = new Set<string>();
  for (let round = 0; round < 20 && heard.size < 2; round++) {
    for (const { headers } of await Promise.all(Array.from({ length: 8 }, () => unit.ask('/')))) heard.add(String(headers['x-paddock-worker']));
  }
  expect([...heard].map(Number).sort()).toEqual([...unit.marks].sort());
});

test('a worker that is killed is started again, and its mark is gone', async () => {
  const unit = gateway();
  await unit.untilMarked(2);
  const [killed] = unit.marks;
  process.kill(killed!, 'SIGKILL');
  await until(() => unit.marks.length === 2 && !unit.marks.includes(killed!), () => `another worker, got ${unit.marks.join()}`);
  expect(unit.said).toContain(`worker ${killed} ended: SIGKILL\n`);
});

test('a worker that computes without an end is killed, and said so', async () => {
  const unit = gateway({ workers: 1, timeout: 2 });
  await unit.untilMarked(1);
  const [stuck] = unit.marks;
  await unit.ask('/spin').catch(() => {});
  expect(unit.said).toContain(`killed worker ${stuck}: its event loop did not turn for 2 s\n`);
});

test('an application that cannot start ends the unit, with the reason', async () => {
  const unit = gateway({}, "throw new Error('the warehouse is on fire')");
  expect(await unit.ended()).toBe(1);
  expect(unit.said).toContain('Error: the warehouse is on fire');
});

test('told to end, it answers what it has, and the application closes what is its own afterwards', async () => {
  const unit = gateway({ workers: 1 });
  await unit.untilMarked(1);
  const asked = unit.ask('/?wait=1000');
  await until(() => unit.busy === 1, () => 'a request in flight');
  unit.stop();
  expect((await asked).status).toBe(200);
  expect(await unit.ended()).toBe(0);
  expect(unit.said.trim().split('\n').at(-1)).toBe('closing the database');
});

test('told to end, it answers a visitor whose request comes a little after the connection', async () => {
  const unit = gateway({ workers: 1 });
  await unit.untilMarked(1);
  const answered = unit.askLate(600);
  setTimeout(() => unit.stop(), 200);
  expect(await answered).toBe('HTTP/1.1 200 OK');
  expect(await unit.ended()).toBe(0);
});

test('what is not done at the request budget is cut, and said', async () => {
  const unit = gateway({ workers: 1, gracefulStop: 1 });
  await unit.untilMarked(1);
  const asked = unit.ask('/?wait=20000').catch((error: Error) => error);
  await until(() => unit.busy === 1, () => 'a request in flight');
  unit.stop();
  expect(await asked).toBeInstanceOf(Error);
  expect(await unit.ended()).toBe(0);
  expect(unit.said).toContain('cut 1 requests at the request budget\n');
});
