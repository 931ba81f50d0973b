import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../../../lab/scenarios/stage.js';

const SOURCES = 'app-runtime/gateways/owin/host';
const APPLICATION = 'test/app-runtime/gateways/owin/Startup.cs';
const folder = mkdtempSync(join(tmpdir(), 'paddock-test-owin-'));
let port = 0;
let said = '';
let host: ChildProcess;

/** Serves a class of the application. */
async function serve(name: string): Promise<ChildProcess> {
  port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => { resolve((server.address() as AddressInfo).port); server.close(); });
  });
  const child = spawn('mono', [join(folder, 'owin-host.exe'), 'serve', folder, name, '256'], { env: { ...process.env, PORT: String(port) } });
  for (const output of [child.stdout, child.stderr]) output.on('data', (text: Buffer) => { said += text.toString(); });
  return child;
}

interface Answer { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: string; readonly whole: boolean }

function ask(path: string, { method = 'GET', headers = {}, body = '' }: { method?: string; headers?: Record<string, string | string[]>; body?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method, headers: { 'x-request-id': path.slice(1), ...headers }, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (part: Buffer) => { text += part.toString(); }).on('error', () => {}).on('close', () => resolve({ status: answer.statusCode!, headers: answer.headers, body: text, whole: answer.complete }));
    });
    sent.on('error', reject).end(body);
  });
}

beforeAll(async () => {
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'Web.config'), '<configuration><appSettings><add key="greeting" value="from Web.config" /></appSettings></configuration>');
  execFileSync('mcs', ['-r:Mono.Posix', `-out:${join(folder, 'owin-host.exe')}`, ...readdirSync(SOURCES).map((file) => join(SOURCES, file))]);
  execFileSync('mcs', ['-target:library', '-r:System.Configuration', `-out:${join(folder, 'bin/Microsoft.Owin.dll')}`, APPLICATION]);
  host = await serve('Shop.Startup, Microsoft.Owin');
  await eventually(20, () => ask('/'), () => true);
});
afterAll(() => { host.kill('SIGKILL'); rmSync(folder, { recursive: true, force: true }); });

test('middleware of every shape stands in its order, and the one of Microsoft.Owin by its own conversions', async () => {
  const { status, headers, body } = await ask('/order');
  expect({ status, body }).toEqual({ status: 200, body: 'function class object library from Web.config' });
  expect(headers['x-sent']).toBe('by OnSendingHeaders');
});

test('a request is what OWIN says it is, and the proxy is believed', async () => {
  const forwarded = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '198.51.100.7', 'x-twice': ['one', 'two'] };
  expect((await ask('/a%20b/%C3%A9?x=%41', { method: 'PUT', headers: forwarded, body: 'hello' })).body).toBe('PUT /a b/é x=%41 HTTP/1.1 https 198.51.100.7 one|two hello');
});

test('what is behind the last middleware is not found, HEAD and 304 have no body, and a length that is promised is kept', async () => {
  expect((await ask('/none')).status).toBe(404);
  expect(await ask('/order', { method: 'HEAD' })).toMatchObject({ status: 200, body: '', whole: true });
  expect(await ask('/304')).toMatchObject({ status: 304, body: '', whole: true });
  expect(await ask('/short')).toMatchObject({ status: 200, whole: false });
});

test('an exception is a 500 and one line with the id of the request; after the head, the answer breaks off', async () => {
  expect(await ask('/throws')).toMatchObject({ status: 500, body: 'The application failed to answer.\n', whole: true });
  expect(await ask('/late')).toMatchObject({ status: 200, body: 'begun', whole: false });
  expect(await ask('/split')).toMatchObject({ status: 500 });
  const lines = await eventually(5, async () => said.split('\n').filter((line) => line.includes('failed to answer')).map((line) => JSON.parse(line) as Record<string, string>), (found) => found.some(({ path }) => path === '/split'));
  expect(lines.find(({ path }) => path === '/throws')).toMatchObject({ request_id: 'throws', method: 'GET', error: expect.stringContaining('InvalidOperationException: no such cart') });
  expect(lines.find(({ path }) => path === '/late')).toMatchObject({ request_id: 'late' });
});

test('256 requests that block are worked on at once', async () => {
  const began = Date.now();
  const answers = await Promise.all(Array.from({ length: 256 }, () => ask('/block')));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(Date.now() - began).toBeLessThan(4000);
});

test('who goes away cancels what it asked for', async () => {
  const sent = request({ host: '127.0.0.1', port, path: '/wait', agent: false }).on('error', () => {});
  sent.end();
  setTimeout(() => sent.destroy(), 300);
  await eventually(5, async () => said, (text) => text.includes('cancelled'));
});

test('SIGTERM lets the application close what it has, and ends well', async () => {
  host.kill('SIGTERM');
  expect(await new Promise((resolve) => host.on('exit', resolve))).toBe(0);
  expect(said).toContain('disposed');
});

test.each([
  ['Shop.Broken, Microsoft.Owin', /^the OWIN application must start, got System\.InvalidOperationException: no database \(in Shop\.Broken\.Configuration\); correct it and deploy again$/m],
  ['Shop.Unfit, Microsoft.Owin', /^the OWIN application must start, got System\.InvalidOperationException: Shop\.Named: a middleware must take the next one and 0 more, by its constructor, Initialize or Invoke, got none that does; /m],
  ['Shop.Nobody, Microsoft.Owin', /^the OWIN application must start, got System\.InvalidOperationException: Shop\.Nobody, Microsoft\.Owin must be a class in bin\/ with Configuration\(IAppBuilder\); /m],
])('%s does not start, and says why', async (name, why) => {
  said = '';
  const broken = await serve(name);
  onTestFinished(() => void broken.kill('SIGKILL'));
  expect(await new Promise((resolve) => broken.on('close', resolve))).toBe(1);
  expect(said).toMatch(why);
});
