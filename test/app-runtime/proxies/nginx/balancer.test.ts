import { rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../../../../lab/scenarios/stage.js';
import { shapes } from '../../machine.js';
import { AppServer, Fleet, visitor } from './fleet.js';

let servers: AppServer[];
let fleet: Fleet;
const [one, two] = [0, 1].map((index) => () => servers[index]!) as [() => AppServer, () => AppServer];
const context = { ...shapes['balancer-django'], settings: { ...shapes['balancer-django'].settings, https: false, network: '127.0.0.0/8' } };

beforeAll(async () => {
  servers = await Promise.all(['one', 'two'].map((name) => AppServer.start(name)));
  fleet = await Fleet.start(context, [servers[0]!]);
});
beforeEach(async () => {
  for (const server of servers) { server.mode = 'well'; server.asked.length = 0; }
});
afterAll(async () => {
  await fleet.end();
  await Promise.all(servers.map((server) => server.kill()));
});
const statuses = async (count: number, how: Parameters<Fleet['ask']>[0] = {}) => (await Promise.all(Array.from({ length: count }, () => fleet.ask(how)))).map(({ status }) => status);

test('the application hears who the visitor is by the load balancer\'s proxy protocol, and nothing else of it', async () => {
  const { headers } = JSON.parse((await fleet.ask({ headers: { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' } })).body) as { headers: Record<string, string> };
  expect(headers).toMatchObject({ host: 'shop.example.com', 'x-forwarded-for': '203.0.113.9', 'x-real-ip': '203.0.113.9', 'x-forwarded-proto': 'http' });
  const secure = JSON.parse((await fleet.ask({ port: fleet.ground.secure })).body) as { headers: Record<string, string> };
  expect(secure.headers['x-forwarded-proto']).toBe('https');
});

test('another host is at the wrong address, on either port', async () => {
  expect((await fleet.ask({ headers: { host: 'evil.example.com' } })).status).toBe(421);
  expect((await fleet.ask({ headers: { host: 'evil.example.com' }, port: fleet.ground.secure })).status).toBe(421);
});

/** A question with a Network Load Balancer's header of proxy protocol 2 before it, as its health checks have. */
const check = (before = Buffer.alloc(0)) => new Promise<string>((resolve, reject) => {
  let text = '';
  const socket = connect(fleet.ground.check, '127.0.0.1', () => socket.write(Buffer.concat([before, Buffer.from('GET /health HTTP/1.1\r\nHost: 10.0.0.7\r\nConnection: close\r\n\r\n')])));
  socket.setEncoding('utf8').on('data', (part: string) => { text += part; }).on('error', reject).on('close', () => resolve(text.split('\r\n')[0]!));
});
const local = Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex');
const forVisitor = Buffer.concat([Buffer.from('0d0a0d0a000d0a515549540a2111000c', 'hex'), Buffer.from([203, 0, 113, 9, 10, 0, 0, 10, 1, 2, 0, 81])]);

test('a load balancer that asks hears that nginx serves, with proxy protocol or without, and that it leaves when it does', async () => {
  for (const before of [undefined, local, forVisitor]) expect(await check(before)).toBe('HTTP/1.1 200 OK');
  writeFileSync(join(fleet.ground.root, 'run/draining'), '');
  for (const before of [undefined, local, forVisitor]) expect(await check(before)).toMatch(/^HTTP\/1.1 503/);
  rmSync(join(fleet.ground.root, 'run/draining'));
});

test('a request that takes long ends well though its server has left the set', async () => {
  await fleet.use([one()]);
  const long = fleet.ask({ path: '/long?ms=900' });
  await pause(50);
  await fleet.use([two()]);
  expect(JSON.parse((await long).body)).toMatchObject({ name: 'one' });
});

test('a server with more requests in flight gets fewer', async () => {
  await fleet.use([one(), two()]);
  const slow = Array.from({ length: 8 }, () => fleet.ask({ path: '/slow?ms=2000' }));
  const counts = await eventually(5, async () => [one(), two()].map(({ asked }) => asked.length), (now) => now[0]! + now[1]! === slow.length);
  // Each of nginx's workers counts for itself.
  expect(counts).toEqual([expect.toSatisfy((count: number) => count >= 2 && count <= 6), expect.toSatisfy((count: number) => count >= 2 && count <= 6)]);
  await Promise.all(slow);
});

test('connections to servers are kept', async () => {
  await fleet.use([one()]);
  one().connections.clear();
  for (let turn = 0; turn < 40; turn++) await fleet.ask();
  expect(one().connections.size).toBeLessThanOrEqual(4);
});

test('a request that was sent is not sent again when it stores something, and is when it only asks', async () => {
  const breaks = await AppServer.start('breaks');
  breaks.mode = 'breaks off';
  await fleet.use([breaks]);
  expect((await fleet.ask({ method: 'POST', path: '/once', body: 'x' })).status).toBe(502);
  expect(breaks.asked).toEqual(['POST /once']);
  await fleet.use([breaks, one()]);
  expect(new Set(await statuses(20))).toEqual(new Set([200]));
  await breaks.kill();
});

test('visitors by HTTP are sent to HTTPS where there is one, and strangers nowhere', async () => {
  const secure = await Fleet.start({ ...context, settings: { ...context.settings, https: true } }, [one()]);
  const sent = await secure.ask({ path: '/a?b=c' });
  expect([sent.status, sent.headers.location]).toEqual([308, 'https://shop.example.com/a?b=c']);
  expect((await secure.ask({ headers: { host: 'evil.example.com' } })).status).toBe(421);
  expect((await secure.ask({ port: secure.ground.secure })).status).toBe(200);
  await secure.end();
});

test('without a server visitors hear that it is busy, and when to come back', async () => {
  await fleet.use([]);
  const { status, headers } = await fleet.ask();
  expect([status, headers['retry-after']]).toEqual([503, '5']);
  await fleet.use([one()]);
  expect((await fleet.ask()).status).toBe(200);
});

test('before it leaves or reloads, nginx closes visitors\' connections with their answers', async () => {
  const agent = visitor(true);
  expect((await fleet.ask({ agent })).headers.connection).toBe('keep-alive');
  await fleet.use([one()], true);
  expect((await fleet.ask({ agent })).headers.connection).toBe('close');
  await fleet.use([one()]);
  expect((await fleet.ask({ agent })).headers.connection).toBe('keep-alive');
  agent.destroy();
});

test('it counts what it answered, and how long servers took', async () => {
  await fleet.use([one()]);
  const before = await fleet.stats();
  await fleet.ask({ path: '/slow?ms=120' });
  await fleet.ask();
  one().mode = 'fails';
  await fleet.ask();
  const after = await fleet.stats();
  expect([after.requests - before.requests, after.server_errors - before.server_errors]).toEqual([3, 1]);
  expect(after.seconds['0.15']! - before.seconds['0.15']! + (after.seconds['0.2']! - before.seconds['0.2']!)).toBe(1);
  expect(Object.values(after.seconds).reduce((sum, count) => sum + count)).toBe(after.requests);
});

test('it tells answers that an alarm rings for, at half the request budget, from shorter ones', async () => {
  expect(Object.keys((await fleet.stats()).seconds)).toContain(String(context.manifest.settings.timeouts.requestBudget / 2));
});
