import { connect, createServer, type Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AddressInfo } from 'node:net';
import { pause } from '../../../../app-runtime/agent/aws/retry.js';
import { lastHeard, untilQuiet } from '../../../../app-runtime/agent/fleet/quiet.js';

// The kernel tells of real connections; what comes over loopback is the machine's own, so they go to another address of this computer.
const address = Object.values(networkInterfaces()).flat().find((each) => each?.family === 'IPv4' && !each.internal)?.address ?? 'none';
const times = { silence: 300, most: 1_200, look: 20 };

let server: Server;
let clients: Socket[];
let port: number;

beforeEach(async () => {
  clients = [];
  server = createServer((socket) => socket.resume());
  await new Promise<void>((done) => server.listen(0, '0.0.0.0', done));
  port = (server.address() as AddressInfo).port;
});

afterEach(() => {
  for (const client of clients) client.destroy();
  server.close();
});

async function client(host = address): Promise<Socket> {
  const socket = connect(port, host);
  clients.push(socket);
  await new Promise<void>((done, failed) => socket.once('connect', done).once('error', failed));
  return socket;
}

test('a port that nobody sends to is quiet after the silence and not before', async () => {
  const began = Date.now();
  expect(await untilQuiet(port, times)).toBe(true);
  expect(Date.now() - began).toBeGreaterThanOrEqual(times.silence);
});

test('the kernel tells when a byte last came by a kept connection', async () => {
  const socket = await client();
  socket.write('GET / HTTP/1.1\r\n\r\n');
  await pause(200);
  const heard = await lastHeard(port);
  expect(heard).toBeGreaterThanOrEqual(150);
  expect(heard).toBeLessThan(600);
});

test('a balancer that still sends is waited for, and its idle connections are not', async () => {
  await client();
  const busy = await client();
  const sending = setInterval(() => busy.write('x'), 50);
  setTimeout(() => clearInterval(sending), 400);
  const began = Date.now();
  expect(await untilQuiet(port, times)).toBe(true);
  expect(Date.now() - began).toBeGreaterThanOrEqual(600);
});

test('one that never stops to send is not waited for longer than the limit', async () => {
  const busy = await client();
  const sending = setInterval(() => busy.write('x'), 20);
  expect(await untilQuiet(port, times)).toBe(false);
  clearInterval(sending);
});

test('the machine\'s own questions are not requests', async () => {
  (await client('127.0.0.1')).write('x');
  expect(await lastHeard(port)).toBe(Infinity);
});
