import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FORGED, misspelled, TOLD } from '../../../app-runtime/proxies/forged.js';
import { proxyOf } from '../../../app-runtime/proxies.js';
import { shapes } from '../machine.js';
import { behind, each, type Heard, HOST, judged, Site } from './site.js';

const YEAR = 'public, max-age=31536000, immutable';
const MINUTE = 'public, max-age=60, must-revalidate';
const CSS = '.a{}'.repeat(500);
const context = shapes['single-node-django-2-cores'];

describe.each(each)('%s', (proxy) => {
  let site: Site;

  beforeAll(async () => {
    site = await Site.start(proxy, context);
    site.put('current', 'style.css', CSS);
    site.put('current', 'style.css.gz', gzipSync(CSS));
    site.put('current', '.env', 'secret');
    site.put('other', 'old.0123456789ab.css', 'old');
    site.put('other', '.env', 'secret');
    site.put('third', 'older.0123456789ab.css', 'older');
    for (const link of ['current', 'other', 'third']) writeFileSync(join(site.ground.root, 'opt/paddock', link, 'app/settings.py'), 'secret');
  });
  afterAll(() => site.end());

  const served = Object.entries(shapes).filter(([, { settings }]) => settings.role !== 'balancer' && proxyOf(settings));
  test.each(served)('accepts the files of %s', async (_, machine) => {
    expect(await judged(proxy, behind(proxy, machine))).toEqual({ status: 0, said: '' });
  });

  test('the site answers each of its hosts and no other', async () => {
    expect((await site.get('/')).status).toBe(200);
    expect((await site.get('/', { host: 'WWW.shop.example.com' })).status).toBe(200);
    expect((await site.get('/', { host: 'evil.example.com' })).status).toBe(421);
    expect((await site.get('/', { host: '127.0.0.1' })).status).toBe(421);
    expect((await site.get('/', { host: '' })).status).toBeGreaterThanOrEqual(400);
  });

  test('the proxy does not say which version it is', async () => {
    expect((await site.get('/', { host: 'evil.example.com' })).headers.server).toMatch(/^(nginx|Apache)$/);
  });

  test('nothing that a client says of its way reaches the application', async () => {
    const forged = Object.fromEntries([...FORGED, ...TOLD].map((name) => [name.toLowerCase(), 'forged']));
    const { headers } = await site.heard('/', forged);
    expect(Object.values(headers)).not.toContain('forged');
    expect(headers).toMatchObject({
      host: HOST, 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', 'x-forwarded-proto': 'http', 'x-forwarded-host': HOST, 'x-forwarded-port': String(site.ground.site),
    });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  test('nor does it in a spelling that an application takes for the same', async () => {
    expect(misspelled('X-Real-IP')).toEqual(['X-Real_IP', 'X_Real-IP', 'X_Real_IP']);
    const names = [...FORGED, ...TOLD].flatMap(misspelled);
    // Apache takes 100 of one request.
    for (let at = 0; at < names.length; at += 90) {
      const { headers } = await site.heard('/', Object.fromEntries(names.slice(at, at + 90).map((name) => [name, 'forged'])));
      expect(Object.entries(headers).filter(([, value]) => value === 'forged')).toEqual([]);
    }
  });

  test('each request has an id of its own', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await site.heard('/')).headers['x-request-id']));
    expect(new Set(ids).size).toBe(20);
  });

  test('a client cannot have the proxy leave out what it says of them', async () => {
    const { headers } = await site.heard('/', { connection: 'close, x-forwarded-for, x-forwarded-proto, x-real-ip, x-request-id, host' });
    expect(headers).toMatchObject({ host: HOST, 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', 'x-forwarded-proto': 'http' });
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  test('a connection becomes a WebSocket and nothing else', async () => {
    expect((await site.heard('/', { connection: 'upgrade', upgrade: 'h2c' })).headers.upgrade).toBeUndefined();
    expect((await site.heard('/', { connection: 'upgrade', upgrade: 'websocket' })).headers.upgrade).toBe('websocket');
  });

  test('the application is asked for what the visitor asked for, letter for letter', async () => {
    for (const path of ['/a%2Fb/c%20d?x=%2F&y=1', '/a//b', '/%E4%BD%A0?q=%E4', '/a%25b']) expect((await site.heard(path)).url).toBe(path);
  });

  test('readiness is asked with the host that the agent names and as if by HTTPS', async () => {
    const { headers } = await site.heard('/ready', { host: 'next.example.com' }, site.ground.readiness);
    expect(headers).toMatchObject({ host: 'next.example.com', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'next.example.com', 'x-forwarded-port': '443' });
  });

  test('the release that proves itself is asked on a port of its own, and the site never leads there', async () => {
    const candidate = await site.listen('candidate.sock');
    expect((await site.get('/ready', {}, site.ground.candidate)).status).toBe(200);
    await site.get('/');
    candidate.closeAllConnections();
    await new Promise((closed) => candidate.close(closed));
    expect((await site.get('/ready', {}, site.ground.candidate)).status).toBeOneOf([502, 503]);
    expect((await site.get('/')).status).toBe(200);
  });

  test('static files come compressed as they lie, and plain to whom cannot read that', async () => {
    const packed = await site.get('/static/style.css', { 'accept-encoding': 'br;q=0, gzip' });
    expect(packed.headers).toMatchObject({ 'content-type': 'text/css', 'content-encoding': 'gzip', 'content-length': String(gzipSync(CSS).length), vary: 'Accept-Encoding', 'cache-control': MINUTE, 'x-content-type-options': 'nosniff' });
    for (const headers of [{}, { 'accept-encoding': 'gzip;q=0' }] as Record<string, string>[]) {
      const plain = await site.get('/static/style.css', headers);
      expect([plain.body, plain.headers['content-encoding'], plain.headers.vary]).toEqual([CSS, undefined, 'Accept-Encoding']);
    }
  });

  test('a file that has not changed is not sent again', async () => {
    const { headers } = await site.get('/static/style.css');
    expect((await site.get('/static/style.css', { 'if-none-match': headers.etag! })).status).toBe(304);
  });

  test('dotfiles and whatever lies outside the static folder stay where they are', async () => {
    for (const path of ['/static/.env', '/static/', '/static/nowhere.css']) expect([path, (await site.get(path)).status]).toEqual([path, expect.toBeOneOf([403, 404])]);
    const inside = join(site.ground.root, 'opt/paddock/current/app');
    for (const path of ['/static../settings.py', '/static/../settings.py', '/static/%2e%2e/settings.py', '/static/..%2fsettings.py', '//static/../settings.py', `${inside}/settings.py`, `${inside}/staticfiles/.env`]) {
      expect((await site.get(path)).body).not.toBe('secret');
    }
  });

  test('files of the last three releases are found, and nowhere else', async () => {
    for (const [name, body] of [['old.0123456789ab.css', 'old'], ['older.0123456789ab.css', 'older']] as const) {
      const answer = await site.get(`/static/${name}`);
      expect([answer.status, answer.body, answer.headers['cache-control']]).toEqual([200, body, YEAR]);
    }
    for (const path of ['/:other-release:/static/old.0123456789ab.css', '/:third-release:/:other-release:/static/older.0123456789ab.css']) expect((await site.get(path)).body).not.toMatch(/^old/);
    const missing = await site.get('/static/nowhere.0123456789ab.css');
    expect([missing.status, missing.headers['cache-control']]).toEqual([404, undefined]);
  });

  test('only names that hold a hash are kept for a year', async () => {
    const hashed = ['site.0123456789ab.css', 'site.012345678901.css', 'bootstrap.min.4f2c1a9b77de.css', 'index-Bx3k9_Qz.js', 'chunk-5RVG3QKT.js', 'app.3f9a2c1d.js', 'app-3f9a2c1d55aa77bb99cc.js', 'app.3f9a2c1d.js.map', 'main.3f9a2c1d55aa77bb99cc.chunk.js'];
    const plain = ['site.css', 'jquery-3.7.1.min.js', 'report.20241231.pdf', 'photo-20241231.jpg', 'date-picker-advanced.js', 'icon-Version2.svg', 'Inter-SemiBold.woff2', 'REPORT-SUMMARY22.pdf', 'a-REPORT22.pdf', 'feedface/site.css'];
    for (const name of [...hashed, ...plain]) site.put('current', name, 'x');
    const cache = async (name: string) => [name, (await site.get(`/static/${name}`)).headers['cache-control']];
    expect(await Promise.all(hashed.map(cache))).toEqual(hashed.map((name) => [name, YEAR]));
    expect(await Promise.all(plain.map(cache))).toEqual(plain.map((name) => [name, MINUTE]));
  });

  test('a body arrives whole, with its length and without', async () => {
    const sent = 'x'.repeat(3 * 2 ** 20);
    for (const headers of [{ 'content-length': String(sent.length) }, { 'transfer-encoding': 'chunked' }] as Record<string, string>[]) {
      const { body, headers: heard } = JSON.parse((await site.get('/', headers, site.ground.site, 'POST', sent)).body) as Heard;
      expect([body.length, heard['content-length']]).toEqual([sent.length, String(sent.length)]);
    }
  });

  test('a visitor who asks whether a body may come is told by the proxy, and the application is not asked', async () => {
    const heard = JSON.parse((await site.get('/', { 'expect': '100-continue', 'content-length': '5' }, site.ground.site, 'POST', 'hello')).body) as Heard;
    expect([heard.body, heard.headers.expect]).toEqual(['hello', undefined]);
  });

  test('a body over the limit is refused before the application hears of it', async () => {
    const { maxBodyBytes } = context.manifest.settings;
    site.arrived = [];
    expect((await site.get('/told', { 'content-length': String(maxBodyBytes + 1) }, site.ground.site, 'POST')).status).toBe(413);
    // Lengths that are negative, or small, to whoever counts in 32 bits.
    for (const length of ['3000000000', String(2 ** 32 + 1), '9'.repeat(30)]) expect((await site.get('/told', { 'content-length': length }, site.ground.site, 'POST')).status, length).toBeGreaterThanOrEqual(400);
    // Without a length it is refused as soon as it is too much; whether the answer is heard depends on who closes first.
    const status = await site.get('/untold', { 'transfer-encoding': 'chunked' }, site.ground.site, 'POST', 'x'.repeat(maxBodyBytes + 1)).then((answer) => answer.status, () => 413);
    expect([status, site.arrived]).toEqual([413, []]);
    expect(await site.logged('/told')).toMatchObject({ method: 'POST', status: 413, gateway_status: '' });
  });

  test('an application that breaks off is a failure, one that takes no connection is busy', async () => {
    site.breaksOff = true;
    const failed = await site.get('/failed');
    site.breaksOff = false;
    expect([failed.status, failed.headers['retry-after'], failed.headers['cache-control']]).toEqual([502, undefined, 'no-store']);
    expect(failed.body).toContain('broke off');

    await site.close();
    const busy = await site.get('/busy');
    expect([busy.status, busy.headers['retry-after'], busy.headers['cache-control']]).toEqual([503, '5', 'no-store']);
    await site.open();
    expect((await site.get('/')).status).toBe(200);
  });

  test('nothing is ever sent to the gateway twice', async () => {
    site.arrived = [];
    site.breaksOff = true;
    await site.get('/once', {}, site.ground.site, 'POST');
    await site.get('/twice');
    site.breaksOff = false;
    expect(site.arrived).toEqual(['POST /once', 'GET /twice']);
  });

  test('what is under way when the proxy reads its files again is answered, and logged', async () => {
    const slow = site.heard('/slow', { 'x-wait': '1500' });
    while (!site.arrived.includes('GET /slow')) await pause(10);
    site.reload();
    await pause(500);
    expect((await site.get('/during')).status).toBe(200);
    expect((await slow).url).toBe('/slow');
    expect([await site.logged('/slow'), await site.logged('/during')]).toMatchObject([{ status: 200 }, { status: 200 }]);
  });

  test('each request leaves one line of JSON, without its query or that of the page before', async () => {
    const { headers } = await site.heard('/said/%E4%BD%A0/%22?password=secret', { 'user-agent': 'a "quoted" agent\\', referer: 'https://shop.example.com/reset?token=secret#top' });
    const line = await site.logged('/said');
    expect(line).toMatchObject({
      event: 'answered request', request_id: headers['x-request-id'], client: '127.0.0.1', method: 'GET', host: HOST, path: '/said/你/"', protocol: 'HTTP/1.1', status: 200, gateway_status: '200',
      agent: 'a "quoted" agent\\', referer: 'https://shop.example.com/reset',
    });
    expect([typeof line.bytes, typeof line.seconds, Number(line.gateway_seconds)]).toEqual(['number', 'number', expect.any(Number)]);
    expect(JSON.stringify(line)).not.toContain('secret');
  });
});
