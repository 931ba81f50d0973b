import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plan } from '../../../app-runtime/agent/machine/render.js';
import { shapes } from '../machine.js';
import { behind, each, Site } from './site.js';

const shape = shapes['app-server-alb-django'];
const inNetwork = (network: string) => ({ ...shape, settings: { ...shape.settings, network } });

const TRACE = 'Self=1-67891234-12456789abcdef012345678a;Root=1-67891233-abcdef012345678912345678';

describe.each(each)('%s behind a managed load balancer', (proxy) => {
  let site: Site;

  beforeAll(async () => { site = await Site.start(proxy, inNetwork('127.0.0.0/8')); });
  afterAll(() => site.end());

  test('the visitor is who the load balancer saw, not who the visitor says to be', async () => {
    for (const seen of ['203.0.113.9', '127.0.0.5']) {
      const { headers } = await site.heard('/', { 'x-forwarded-for': `192.0.2.1, ${seen}`, 'x-forwarded-proto': 'https', 'x-forwarded-port': '1', 'x-forwarded-host': 'evil.example.com', 'x-amzn-trace-id': TRACE });
      expect(headers).toMatchObject({
        'x-forwarded-for': seen, 'x-real-ip': seen, 'x-forwarded-proto': 'https', 'x-forwarded-port': '443', 'x-forwarded-host': 'shop.example.com',
        'x-request-id': '6789123412456789abcdef012345678a',
      });
    }
  });

  test('a visit by HTTP is one', async () => {
    expect((await site.heard('/', { 'x-forwarded-proto': 'http' })).headers).toMatchObject({ 'x-forwarded-proto': 'http', 'x-forwarded-port': '80' });
  });

  test('a request id is the trace id that the load balancer made, and one that is none makes none', async () => {
    expect((await site.heard('/', { 'x-amzn-trace-id': 'Root=1-67891233-abcdef012345678912345678' })).headers['x-request-id']).toBe('67891233abcdef012345678912345678');
    expect((await site.heard('/', { 'x-amzn-trace-id': 'Root=1-67891233-evil' })).headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  test('the log, the load balancer and the application speak of one request', async () => {
    await site.get('/traced', { 'x-amzn-trace-id': TRACE, 'x-forwarded-for': '203.0.113.9' });
    expect(await site.logged('/traced')).toMatchObject({ request_id: '6789123412456789abcdef012345678a', client: '203.0.113.9' });
  });

  test('the load balancer asks by address, and the application is asked for the site by HTTPS', async () => {
    const { url, headers } = await site.heard('/ready', { host: '10.0.1.5:81' }, site.ground.check);
    expect(url).toBe('/ready');
    expect(headers).toMatchObject({ host: 'shop.example.com', 'x-forwarded-host': 'shop.example.com', 'x-forwarded-proto': 'https' });
  });

  test('a server that leaves says so to the load balancer, and answers visitors to the end', async () => {
    writeFileSync(join(site.ground.root, 'run/draining'), '');
    expect((await site.get('/', {}, site.ground.check)).status).toBe(503);
    expect((await site.get('/')).status).toBe(200);
    rmSync(join(site.ground.root, 'run/draining'));
    expect((await site.get('/', {}, site.ground.check)).status).toBe(200);
  });

  test('connections of the load balancer are kept for longer than it keeps them', () => {
    const limits = plan(behind(proxy, shape)).files.find(({ path }) => path.endsWith('/paddock/limits.conf'))!;
    const kept = Number(/^keepalive_?timeout (\d+)/im.exec(limits.content)![1]);
    expect(kept).toBeGreaterThan(shape.manifest.settings.timeouts.balancerIdle);
  });
});

describe.each(each)('%s behind a peer outside of the network', (proxy) => {
  let site: Site;

  beforeAll(async () => { site = await Site.start(proxy, inNetwork('10.0.0.0/16')); });
  afterAll(() => site.end());

  test('believes it nothing', async () => {
    const { headers } = await site.heard('/', { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'https', 'x-amzn-trace-id': TRACE });
    expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http', 'x-forwarded-port': '80' });
    expect(headers['x-request-id']).not.toBe('6789123412456789abcdef012345678a');
  });
});
