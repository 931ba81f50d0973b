import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fleetSite } from '../../../lab/scenarios/fleet-site.js';
import { type Asked, askOnce, Load } from '../../../lab/scenarios/load.js';
import { Store } from '../../../lab/scenarios/store.js';
import { verdict } from '../../../lab/scenarios/verdict.js';
import { freePort } from '../../app-runtime/ground.js';

const SERVER = hostname().split('.')[0]!;

let store: Store;
let server: ChildProcess;
let folder: string;
let port: number;
beforeEach(async () => {
  store = await Store.open('127.0.0.1');
  folder = mkdtempSync(join(tmpdir(), 'paddock-fleet-'));
  port = await freePort();
  writeFileSync(join(folder, 'wsgi.py'), fleetSite('v1', store.place)['wsgi.py']!);
  const serve = [
    'import socketserver, wsgiref.simple_server as simple', 'import wsgi',
    'class Server(socketserver.ThreadingMixIn, simple.WSGIServer): request_queue_size, daemon_threads = 64, True',
    `simple.make_server('127.0.0.1', ${port}, wsgi.application, Server).serve_forever()`,
  ].join('\n');
  server = spawn('python3', ['-B', '-c', serve], { cwd: folder, stdio: 'ignore' });
  while (await status('/ready') !== 200) await pause(50);
});
afterEach(async () => {
  server.kill('SIGKILL');
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const place = () => ({ address: '127.0.0.1', port });
const status = (path: string) => fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(700) }).then((answer) => answer.status, () => 0);
const eventually = async (path: string, wanted: number) => { for (let tries = 0; tries < 40 && await status(path) !== wanted; tries++) await pause(100); return status(path); };

test('the fleet\'s application has each POST stored once, and tells its version and server', async () => {
  const load = new Load(place(), { connections: 4, every: 20, requests: 5 });
  await pause(700);
  const asked = await load.end();
  expect(asked.length).toBeGreaterThan(20);
  expect(verdict(asked, 'v1', [], store.stored(load.mark))).toMatchObject({ lost: 0, doubled: 0, wrong: 0, troubles: [], servers: { [SERVER]: { good: asked.length, faults: 0 } } });
});

test('a name that came twice is told as doubled, and only of the load that sent it', async () => {
  const post = (name: string) => fetch(`http://${store.place}/stored/${name}`, { method: 'POST' });
  await Promise.all(['mine-1', 'mine-2', 'mine-1', 'other-1'].map(post));
  const asked: Asked[] = ['mine-1', 'mine-2', 'mine-3'].map((id) => ({ id, began: 1, ended: 2, release: 'v1' }));
  expect(verdict(asked, 'v1', [], store.stored('mine'))).toMatchObject({ lost: 1, doubled: 1 });
});

describe('a server behaves as the store says', () => {
  test('by its own name: its pages fail and its readiness is good', async () => {
    store.behave(SERVER, 'fails');
    expect(await eventually('/', 500)).toBe(500);
    expect(await status('/ready')).toBe(200);
    expect(await askOnce(place(), '/')).toMatchObject({ fault: 'status 500', server: SERVER });
    store.behave(SERVER, '');
    expect(await eventually('/', 200)).toBe(200);
  });

  test('by its version: everything fails', async () => {
    store.behave('v1', 'sick');
    expect(await eventually('/ready', 500)).toBe(500);
  });

  test('it hangs, and goes on when it is told so', async () => {
    store.behave(SERVER, 'hangs');
    expect(await eventually('/ready', 0)).toBe(0);
    store.behave(SERVER, '');
    expect(await eventually('/ready', 200)).toBe(200);
  });

  test('and not as another one\'s name says', async () => {
    store.behave('ip-10-0-0-1', 'sick');
    await pause(1200);
    expect(await status('/')).toBe(200);
  });
});

test('a POST that cannot be stored is answered as failed, and a GET as well as ever', async () => {
  await store.close();
  expect((await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'x-1' })).status).toBe(503);
  expect(await status('/')).toBe(200);
  store = await Store.open('127.0.0.1');
});

test('a long request takes as long as it says', async () => {
  const { began, ended, release } = await askOnce(place(), '/slow?seconds=1.5');
  expect(release).toBe('v1');
  expect(ended - began).toBeGreaterThanOrEqual(1500);
});
