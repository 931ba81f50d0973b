import { createServer, type Server } from 'node:http';
import { createServer as createPlainServer, type AddressInfo, type Server as PlainServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { check, type Health, judged, matches, UNKNOWN } from '../../lab/health-check.js';
import type { HealthCheck } from '../../lab/load-balancers.js';

const what: HealthCheck = { protocol: 'HTTP', port: 'traffic-port', path: '/ready?full=1', interval: 5, timeout: 0.3, healthyThreshold: 3, unhealthyThreshold: 2, matcher: '200,301-308' };
const good = { good: true } as const;
const bad = { good: false, reason: 'Target.Timeout' } as const;
const after = (before: Health, ...results: (typeof good | typeof bad)[]) => results.reduce((health: Health, result) => judged(health, result, what), before).state;

describe('what checks make of a target', () => {
  test('a new one needs one good check, or as many bad ones as make any other ill', () => {
    expect(after(UNKNOWN, good)).toBe('healthy');
    expect(after(UNKNOWN, bad)).toBe('initial');
    expect(after(UNKNOWN, bad, bad)).toBe('unhealthy');
  });

  test('one that is well or ill needs its thresholds in a row', () => {
    const [well, ill]: Health[] = [{ state: 'healthy', against: 0 }, { state: 'unhealthy', against: 0 }];
    expect(after(well!, bad, good, bad)).toBe('healthy');
    expect(after(well!, bad, bad)).toBe('unhealthy');
    expect(after(ill!, good, good, bad, good, good)).toBe('unhealthy');
    expect(after(ill!, good, good, good)).toBe('healthy');
  });

  test('statuses match as AWS writes them', () => {
    expect([200, 301, 304, 308].map((status) => matches('200,301-308', status))).toEqual([true, true, true, true]);
    expect([199, 201, 300, 309].map((status) => matches('200,301-308', status))).toEqual([false, false, false, false]);
  });
});

describe('a check', () => {
  const servers: (Server | PlainServer)[] = [];
  afterEach(() => { for (const server of servers.splice(0)) server.close(); });

  async function listening(server: Server | PlainServer): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }
  const ask = (port: number, more: Partial<HealthCheck> = {}, proxyProtocol = false) => check({ ...what, ...more }, { source: '127.0.0.1', address: '127.0.0.1', port, proxyProtocol });

  test('asks under the address and port of the target, as AWS does', async () => {
    const heard: string[] = [];
    const port = await listening(createServer((request, response) => {
      heard.push(`${request.url} ${request.headers.host} ${request.headers['user-agent']}`);
      response.end();
    }));
    expect(await ask(port)).toEqual(good);
    expect(heard).toEqual([`/ready?full=1 127.0.0.1:${port} ELB-HealthChecker/2.0`]);
  });

  test('names the reason for which a target failed as AWS does', async () => {
    const failing = await listening(createServer((_, response) => { response.writeHead(500).end(); }));
    const silent = await listening(createPlainServer(() => {}));
    expect(await ask(failing)).toEqual({ good: false, reason: 'Target.ResponseCodeMismatch' });
    expect(await ask(silent)).toEqual({ good: false, reason: 'Target.Timeout' });
    expect(await ask(1)).toEqual({ good: false, reason: 'Target.FailedHealthChecks' });
  });

  test('by TCP needs a connection alone', async () => {
    expect(await ask(await listening(createPlainServer(() => {})), { protocol: 'TCP' })).toEqual(good);
  });

  test('sends a proxy protocol header that names nobody, where the target group has it', async () => {
    let first = Buffer.alloc(0);
    const port = await listening(createPlainServer((socket) => socket.once('data', (data) => { first = data; socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'); })));
    expect(await ask(port, {}, true)).toEqual(good);
    expect(first.subarray(0, 16).toString('hex')).toBe('0d0a0d0a000d0a515549540a20000000');
  });
});
