import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SlowClients } from '../../../lab/scenarios/slow-clients.js';

let server: Server;
let said: Map<Socket, string>;
beforeEach(async () => {
  said = new Map();
  server = createServer((socket) => {
    said.set(socket, '');
    socket.on('error', () => {}).on('data', (bytes) => { said.set(socket, said.get(socket)! + bytes.toString()); }).on('close', () => said.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterEach(() => { server.close(); });

const place = () => ({ address: '127.0.0.1', port: (server.address() as AddressInfo).port });
const until = async (holds: () => boolean, seconds = 20) => { for (const end = Date.now() + seconds * 1000; !holds() && Date.now() < end;) await pause(50); return holds(); };

test('slow clients are as many as were wanted, and each sends a byte now and then', async () => {
  const clients = SlowClients.start(place(), 120);
  expect(await until(() => clients.seen.open === 120)).toBe(true);
  expect(await until(() => [...said.values()].every((text) => text.length >= 1))).toBe(true);
  expect([...said.values()].every((text) => 'GET / HTTP/1.1'.startsWith(text))).toBe(true);
  expect(said.size).toBe(120);
  expect(await clients.end()).toMatchObject({ open: 120, made: 120, refused: 0, closed: 0 });
  expect(await until(() => said.size === 0)).toBe(true);
});

test('a slow client that is sent away comes again', async () => {
  const clients = SlowClients.start(place(), 30);
  expect(await until(() => clients.seen.open === 30)).toBe(true);
  for (const socket of [...said.keys()].slice(0, 10)) socket.destroy();
  expect(await until(() => clients.seen.closed === 10 && clients.seen.open === 30)).toBe(true);
  await clients.end();
});

test('nobody but this computer and its labs can be held up', () => {
  expect(() => SlowClients.start({ address: '192.0.2.1', port: 80 }, 1)).toThrow(/^slow clients: the address must be this computer's or a lab's, got 192\.0\.2\.1; /);
});
