import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { APPLICATION } from '../../../bench/release/bench-lab.js';
import { type Asked, Load } from '../../../lab/scenarios/load.js';
import { freePort } from '../../app-runtime/ground.js';

let server: Server | undefined;
let child: ChildProcess | undefined;
const scratch = mkdtempSync(join(tmpdir(), 'paddock-load-'));

afterEach(async () => {
  child?.kill();
  server?.closeAllConnections();
  await new Promise((done) => (server ? server.close(done) : done(undefined)));
  server = undefined;
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Loads a site that answers so. */
async function loaded(listener: RequestListener): Promise<readonly Asked[]> {
  server = createServer(listener);
  await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
  return load((server.address() as AddressInfo).port, 200);
}

async function load(port: number, milliseconds: number): Promise<readonly Asked[]> {
  const going = new Load({ address: '127.0.0.1', port });
  await pause(milliseconds);
  return going.end();
}

const good: RequestListener = (question, answer) => question.resume().on('end', () => answer.end('{"release":"a"}'));

test('sixteen connections are used again and again, and every second request is a POST with a name of its own', async () => {
  const sockets = new Set<unknown>();
  const asked = await loaded((question, answer) => {
    sockets.add(question.socket);
    good(question, answer);
  });
  expect(sockets.size).toBe(16);
  expect(asked.length).toBeGreaterThan(32);
  expect(asked.every(({ release, fault }) => release === 'a' && fault === undefined)).toBe(true);
  const posts = asked.filter(({ id }) => id !== undefined);
  expect(Math.abs(2 * posts.length - asked.length)).toBeLessThanOrEqual(16);
  expect(new Set(posts.map(({ id }) => id)).size).toBe(posts.length);
});

describe('what has no good answer is told by its kind, and never sent twice', () => {
  test('a status', async () => {
    const asked = await loaded((question, answer) => question.resume().on('end', () => answer.writeHead(502).end()));
    expect(new Set(asked.map(({ fault }) => fault))).toEqual(new Set(['status 502']));
  });

  test('a connection that is cut on its second request', async () => {
    const seen = new Set<unknown>();
    let questions = 0;
    const asked = await loaded((question, answer) => {
      questions++;
      if (seen.has(question.socket)) question.socket.destroy();
      else good(question, answer);
      seen.add(question.socket);
    });
    expect(new Set(asked.map(({ fault }) => fault))).toEqual(new Set([undefined, 'ECONNRESET on a kept connection']));
    expect(questions).toBe(asked.length);
  });

  test('an answer that breaks off', async () => {
    const asked = await loaded((question, answer) => { answer.writeHead(200, { 'content-length': 100 }).write('{'); question.socket.end(); });
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.every(({ fault }) => fault?.startsWith('broken answer: '))).toBe(true);
  });

  test('nobody who listens', async () => {
    const asked = await load(await freePort(), 100);
    expect(new Set(asked.map(({ fault }) => fault))).toEqual(new Set(['ECONNREFUSED on a fresh connection']));
  });
});

test('the application stores each POST once, before it answers', async () => {
  const port = await freePort();
  const served = [
    'import socketserver, sys, wsgiref.simple_server as simple', 'import wsgi',
    'class Server(socketserver.ThreadingMixIn, simple.WSGIServer): request_queue_size = 64',
    `simple.make_server('127.0.0.1', ${port}, wsgi.application, Server).serve_forever()`,
  ].join('\n');
  child = spawn('python3', ['-B', '-c', served], { cwd: APPLICATION, env: { ...process.env, DATA_DIR: scratch }, stdio: 'ignore' });
  while (!await fetch(`http://127.0.0.1:${port}/`).then(({ ok }) => ok, () => false)) await pause(50);
  const asked = await load(port, 300);
  expect(asked.filter(({ fault }) => fault !== undefined)).toEqual([]);
  const stored = readFileSync(join(scratch, 'stored'), 'utf8').trim().split('\n').map((line) => line.split(' ')[0]!);
  expect(stored.sort()).toEqual(asked.flatMap(({ id }) => id ?? []).sort());
});
