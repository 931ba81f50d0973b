import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request, type IncomingHttpHeaders, type Server } from 'node:http';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { plan } from '../../../../app-runtime/agent/machine/render.js';
import { lay, type Ground } from '../../ground.js';
import { shapes } from '../../machine.js';

const HOST = 'shop.example.com';
const YEAR = 'public, max-age=31536000, immutable';
const MINUTE = 'public, max-age=60, must-revalidate';
const context = shapes['single-node-django-2-cores'];
let ground: Ground;
let nginx: ChildProcess;
let gateway: Server;
/** Whether the gateway breaks off the next requests; otherwise it says back what it was sent. */
let breaksOff = false;
let arrived: string[] = [];

interface Answer { status: number; headers: IncomingHttpHeaders; body: string }

beforeAll(async () => {
  ground = await lay(plan(context));
  put('current', 'style.css', '.a{}'.repeat(500));
  put('current', 'style.css.gz', gzipSync('.a{}'.repeat(500)));
  put('current', '.env', 'secret');
  put('other', 'old.0123456789ab.css', 'old');
  put('other', '.env', 'secret');
  put('third', 'older.0123456789ab.css', 'older');
  for (const link of ['current', 'other', 'third']) writeFileSync(join(ground.root, 'opt/paddock', link, 'app/settings.py'), 'secret');
  gateway = await listen();
  nginx = spawn('nginx', ['-c', join(ground.root, 'etc/nginx/paddock.conf'), '-g', identity()], { stdio: ['ignore', 'ignore', 'pipe'] });
  for (let tries = 0; (await get('/').catch(() => undefined)) === undefined; tries++) {
    if (tries > 100) throw new Error(`nginx did not start: ${String(nginx.stderr?.read())}`);
    await pause(20);
  }
});
afterAll(async () => {
  if (nginx.exitCode === null) await new Promise((ended) => { nginx.on('exit', ended); nginx.kill('SIGTERM'); });
  gateway.closeAllConnections();
  gateway.close();
  ground.remove();
});

const identity = () => `${process.getuid?.() === 0 ? 'user www-data; ' : ''}pid ${ground.root}/nginx.pid; daemon off;`;

function put(link: 'current' | 'other' | 'third', name: string, content: string | Buffer): void {
  const file = join(ground.root, 'opt/paddock', link, 'app/staticfiles', name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function listen(name = 'gateway.sock'): Promise<Server> {
  const server = createServer((asked, answer) => {
    arrived.push(`${asked.method} ${asked.url}`);
    const lead = asked.headers['x-lead'];
    if (lead) answer.setHeader('x-accel-redirect', lead);
    if (breaksOff) asked.socket.destroy();
    else answer.setHeader('content-type', 'application/json').end(JSON.stringify({ method: asked.method, url: asked.url, headers: asked.headers }));
  });
  const socket = join(ground.root, 'run', name);
  return new Promise((resolve) => server.listen(socket, () => { chmodSync(socket, 0o777); resolve(server); }));
}

function get(path: string, headers: Record<string, string | string[]> = {}, port = ground.site, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, method, agent: false, headers: { host: HOST, ...headers } }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (part: string) => { body += part; }).on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body }));
    }).on('error', reject).end();
  });
}

const withNginx = Object.entries(shapes).filter(([, machine]) => plan(machine).files.some(({ path }) => path === '/etc/nginx/paddock.conf'));
for (const [shape, machine] of withNginx) {
  test(`nginx accepts the files of ${shape}`, async () => {
    const copy = await lay(plan(machine));
    const { stderr, status } = spawnSync('nginx', ['-t', '-q', '-c', join(copy.root, 'etc/nginx/paddock.conf'), '-g', `pid ${copy.root}/nginx.pid;`], { encoding: 'utf8' });
    copy.remove();
    expect(stderr.replace(/^.*exceed open file resource limit.*\n/gm, '')).toBe('');
    expect(status).toBe(0);
  });
}

test('the site answers each of its hosts and no other', async () => {
  expect((await get('/')).status).toBe(200);
  expect((await get('/', { host: 'WWW.shop.example.com' })).status).toBe(200);
  expect((await get('/', { host: 'evil.example.com' })).status).toBe(421);
  expect((await get('/', { host: '127.0.0.1' })).status).toBe(421);
  expect((await get('/', { host: '' })).status).toBe(421);
});

test('nginx does not say which version it is', async () => {
  expect((await get('/', { host: 'evil.example.com' })).headers.server).toBe('nginx');
});

test('nothing that a client says of its way reaches the application', async () => {
  const names = readFileSync(join(ground.root, 'etc/nginx/paddock/forwarded.conf'), 'utf8').match(/(?<=^proxy_set_header )\S+/gm)!.map((name) => name.toLowerCase());
  const forged = Object.fromEntries([...names, 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-port', 'x_forwarded_for', 'script_name'].map((name) => [name, 'forged']));
  const { headers } = JSON.parse((await get('/', forged)).body) as { headers: Record<string, string> };
  expect(Object.values(headers)).not.toContain('forged');
  expect(headers).toMatchObject({
    host: HOST, 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', 'x-forwarded-proto': 'http', 'x-forwarded-host': HOST, 'x-forwarded-port': String(ground.site),
  });
  expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
});

test('readiness is asked with the host that the agent names and as if by HTTPS', async () => {
  const { headers } = JSON.parse((await get('/ready', { host: 'next.example.com' }, ground.readiness)).body) as { headers: Record<string, string> };
  expect(headers).toMatchObject({ host: 'next.example.com', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'next.example.com' });
});

test('the release that proves itself is asked on a port of its own, and the site never leads there', async () => {
  arrived = [];
  const candidate = await listen('candidate.sock');
  expect((await get('/ready', {}, ground.candidate)).status).toBe(200);
  await get('/');
  candidate.closeAllConnections();
  await new Promise((closed) => candidate.close(closed));
  expect((await get('/ready', {}, ground.candidate)).status).toBe(502);
  expect((await get('/')).status).toBe(200);
});

test('static files come compressed as they lie, and plain to whom cannot read that', async () => {
  const packed = await get('/static/style.css', { 'accept-encoding': 'gzip' });
  expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(gzipSync('.a{}'.repeat(500)).length), vary: 'Accept-Encoding', 'cache-control': MINUTE });
  expect((await get('/static/style.css')).body).toBe('.a{}'.repeat(500));
});

test('a file that has not changed is not sent again', async () => {
  const { headers } = await get('/static/style.css');
  expect((await get('/static/style.css', { 'if-none-match': headers.etag! })).status).toBe(304);
});

test('dotfiles and whatever lies outside the static folder stay where they are', async () => {
  expect((await get('/static/.env')).status).toBe(404);
  for (const path of ['/static../settings.py', '/static/../settings.py', '/static/%2e%2e/settings.py', '/static/..%2fsettings.py', '//static/../settings.py']) {
    expect((await get(path)).body).not.toBe('secret');
  }
});

test('files of the last three releases are found', async () => {
  const answer = await get('/static/older.0123456789ab.css');
  expect([answer.status, answer.body, answer.headers['cache-control']]).toEqual([200, 'older', YEAR]);
  expect((await get('/:third-release:/:other-release:/static/older.0123456789ab.css')).status).toBe(404);
});

test('files of the release beside are found, and nowhere else', async () => {
  const answer = await get('/static/old.0123456789ab.css');
  expect([answer.status, answer.body, answer.headers['cache-control']]).toEqual([200, 'old', YEAR]);
  expect((await get('/:other-release:/static/old.0123456789ab.css')).status).toBe(404);
  const missing = await get('/static/nowhere.0123456789ab.css');
  expect([missing.status, missing.headers['cache-control']]).toEqual([404, undefined]);
});

test('an application can lead nginx to static files of either release, and to nothing else', async () => {
  const led = (to: string) => get('/', { 'x-lead': to });
  expect((await led('/static/style.css')).body).toBe('.a{}'.repeat(500));
  expect((await led('/:other-release:/static/old.0123456789ab.css')).body).toBe('old');
  const outside = ['.env', '../settings.py', '%2e%2e/settings.py', '..%2fsettings.py', 'a/../../settings.py'].map((path) => `/:other-release:/static/${path}`);
  for (const to of [...outside, '/:other-release:/static../settings.py', '/etc/passwd', 'file:///etc/passwd']) {
    const { status, body } = await led(to);
    expect([to, status, body.includes('secret') || body.includes('root:')]).toEqual([to, expect.toSatisfy((code: number) => code >= 400), false]);
  }
});

test('only names that hold a hash are kept for a year', async () => {
  const hashed = ['site.0123456789ab.css', 'site.012345678901.css', 'bootstrap.min.4f2c1a9b77de.css', 'index-Bx3k9_Qz.js', 'chunk-5RVG3QKT.js', 'app.3f9a2c1d.js', 'app-3f9a2c1d55aa77bb99cc.js', 'app.3f9a2c1d.js.map', 'main.3f9a2c1d55aa77bb99cc.chunk.js'];
  const plain = ['site.css', 'jquery-3.7.1.min.js', 'report.20241231.pdf', 'photo-20241231.jpg', 'date-picker-advanced.js', 'icon-Version2.svg', 'Inter-SemiBold.woff2', 'REPORT-SUMMARY22.pdf', 'a-REPORT22.pdf', 'feedface/site.css'];
  for (const name of [...hashed, ...plain]) put('current', name, 'x');
  const cache = async (name: string) => [name, (await get(`/static/${name}`)).headers['cache-control']];
  expect(await Promise.all(hashed.map(cache))).toEqual(hashed.map((name) => [name, YEAR]));
  expect(await Promise.all(plain.map(cache))).toEqual(plain.map((name) => [name, MINUTE]));
});

test('a body over the limit is refused before the application hears of it', async () => {
  expect((await get('/', { 'content-length': String(context.manifest.settings.maxBodyBytes + 1) }, ground.site, 'POST')).status).toBe(413);
});

test('an application that breaks off is a failure, one that takes no connection is busy', async () => {
  breaksOff = true;
  const failed = await get('/');
  breaksOff = false;
  expect([failed.status, failed.headers['retry-after']]).toEqual([502, undefined]);

  gateway.closeAllConnections();
  await new Promise((closed) => gateway.close(closed));
  const busy = await get('/');
  expect([busy.status, busy.headers['retry-after'], busy.headers['cache-control']]).toEqual([503, '5', 'no-store']);
  gateway = await listen();
  expect((await get('/')).status).toBe(200);
});

test('nothing is ever sent to the gateway twice', async () => {
  arrived = [];
  breaksOff = true;
  await get('/once', {}, ground.site, 'POST');
  await get('/twice');
  breaksOff = false;
  expect(arrived).toEqual(['POST /once', 'GET /twice']);
});

test('each request leaves one line of JSON, without its query or that of the page before', async () => {
  await get('/said?password=secret', { 'user-agent': 'a "quoted" agent\\', referer: 'https://shop.example.com/reset?token=secret#top' });
  await pause(50);
  const line = readFileSync(join(ground.root, 'access.log'), 'utf8').split('\n').find((text) => text.includes('/said'))!;
  expect(JSON.parse(line)).toMatchObject({ event: 'answered request', method: 'GET', host: HOST, path: '/said', status: 200, agent: 'a "quoted" agent\\', referer: 'https://shop.example.com/reset' });
  expect(line).not.toContain('secret');
});
