import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Safe } from '../../../../app-runtime/agent/machine/template.js';
import { gateway } from '../../../../app-runtime/gateways/gunicorn-asgi/gateway.js';
import { eventually } from '../../../../lab/scenarios/stage.js';
import { freePort } from '../../ground.js';
import { shapes } from '../../machine.js';

const APPLICATION = `
import asyncio

async def app(scope, receive, send):
    assert scope["type"] == "http"
    if scope["path"] == "/slow":
        open("asked", "w").close()
        await asyncio.sleep(2)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"good"})
`;

const folder = mkdtempSync(join(tmpdir(), 'paddock-asgi-'));
const marks = join(folder, 'marks');
const python = join(folder, 'venv/bin/python3');
const pins = join(import.meta.dirname, '../../../../app-runtime/gateways/gunicorn/gunicorn.txt');
const context = { ...shapes['app-server-nginx-django'], facts: { ...shapes['app-server-nginx-django'].facts, cores: 1 } };
let master: ChildProcess;
let port: number;

beforeAll(async () => {
  execFileSync('python3', ['-m', 'venv', join(folder, 'venv')]);
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--no-deps', '-r', pins], { stdio: 'pipe' });
  mkdirSync(marks);
  writeFileSync(join(folder, 'main.py'), APPLICATION);
  writeFileSync(join(folder, 'gunicorn.conf.py'), gateway.files(context, '' as Safe)[0]!.content);
  port = await freePort();
  master = spawn(python, ['-P', '-m', 'gunicorn', '--config', join(folder, 'gunicorn.conf.py'), '--bind', `127.0.0.1:${port}`, 'main:app'], { cwd: folder, stdio: 'ignore', env: { PATH: process.env['PATH']!, PYTHONPATH: folder, RUNTIME_DIRECTORY: marks } });
  await eventually(20, async () => readdirSync(marks), (names) => names.length === 1);
});
afterAll(() => {
  master.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

async function ask(agent: Agent, path: string): Promise<number> {
  const [answer] = await once(get({ host: '127.0.0.1', port, path, agent }), 'response') as [IncomingMessage];
  await once(answer.resume(), 'end');
  return answer.statusCode!;
}

test('a release that leaves answers what it has, and does not wait for connections that a balancer keeps', async () => {
  const [idle, busy] = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })];
  expect([await ask(idle, '/'), await ask(busy, '/')]).toEqual([200, 200]);
  const slow = ask(busy, '/slow');
  await eventually(20, async () => existsSync(join(folder, 'asked')), Boolean);
  const began = Date.now();
  master.kill('SIGTERM');
  await once(master, 'exit');
  expect(await slow).toBe(200);
  expect(Date.now() - began).toBeLessThan(10_000);
  [idle, busy].forEach((agent) => agent.destroy());
});
