import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { run } from '../../lab/command.js';
import { haproxyConfig, type Surroundings } from '../../lab/haproxy-config.js';
import type { Action, Listener, LoadBalancer, Rule, TargetGroup } from '../../lab/load-balancers.js';

const folder = mkdtempSync(join(tmpdir(), 'haproxy-'));
afterAll(() => rmSync(folder, { recursive: true }));

const around: Surroundings = { source: '127.0.0.1', socket: join(folder, 'socket'), log: '127.0.0.1:5140', certificates: {} };
const toShop: Action = { type: 'forward', groups: [{ arn: 'arn:shop', weight: 1 }] };
const listener = (rules: readonly Rule[] = [{ conditions: [], action: toShop }], more: Partial<Listener> = {}): Listener => ({ protocol: 'HTTP', port: 80, certificates: [], rules, ...more });
const balancer = (listeners: readonly Listener[], attributes: Record<string, string> = {}, type: LoadBalancer['type'] = 'application'): LoadBalancer =>
  ({ arn: 'arn:balancer', name: 'front', type, address: '127.0.0.1', groups: [], subnets: [], attributes, listeners });
const group = (name: string, attributes: Record<string, string> = {}, protocol = 'HTTP') => ({ arn: `arn:${name}`, name, protocol, attributes, targets: [] }) as unknown as TargetGroup;

/** HAProxy's own judgement: empty where it has nothing against it. */
async function judged(config: string): Promise<string> {
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, config);
  return run('haproxy', ['-c', '-q', '-f', file]);
}

describe('a load balancer as the configuration of HAProxy', () => {
  test('HAProxy itself takes one with every condition and action that AWS has', async () => {
    const conditions = [
      { field: 'path-pattern', header: '', values: ['/img/*', "/it's/a?"] }, { field: 'host-header', header: '', values: ['*.example.com'] },
      { field: 'http-header', header: 'User-Agent', values: ['*Chrome*'] }, { field: 'http-request-method', header: '', values: ['GET', 'HEAD'] },
      { field: 'query-string', header: '', values: ['version=v1', '*example*'] }, { field: 'source-ip', header: '', values: ['192.0.2.0/24', '198.51.100.1/32'] },
    ];
    const redirect: Action = { type: 'redirect', protocol: '#{protocol}', host: 'new.#{host}', port: '#{port}', path: '/new/#{path}', query: '#{query}&a=b', status: 302 };
    const fixed: Action = { type: 'fixed-response', status: 503, contentType: 'text/html', body: "<p>it's closed</p>" };
    const weighted: Action = { type: 'forward', groups: [{ arn: 'arn:shop', weight: 9 }, { arn: 'arn:other', weight: 1 }] };
    const rules = [{ conditions, action: redirect }, { conditions: [conditions[0]!], action: fixed }, { conditions: [], action: weighted }];
    await expect(judged(haproxyConfig(balancer([listener(rules)]), [group('shop'), group('other')], around))).resolves.toBe('');
  });

  test('HAProxy itself takes every attribute', async () => {
    const attributes = { 'idle_timeout.timeout_seconds': '30', 'routing.http.drop_invalid_header_fields.enabled': 'true', 'routing.http.xff_client_port.enabled': 'true', 'routing.http.xff_header_processing.mode': 'remove' };
    const sticky = group('shop', { 'stickiness.enabled': 'true', 'stickiness.type': 'lb_cookie', 'stickiness.lb_cookie.duration_seconds': '60', 'load_balancing.algorithm.type': 'least_outstanding_requests' }, 'HTTPS');
    const config = haproxyConfig(balancer([listener()], attributes), [sticky], around);
    await expect(judged(config)).resolves.toBe('');
    expect(config).toContain('timeout server 30s');
    expect(config).toContain('balance leastconn');
  });

  test('HAProxy itself takes that of a network load balancer, with proxy protocol', async () => {
    const config = haproxyConfig(balancer([listener(undefined, { protocol: 'TCP' })], {}, 'network'), [group('shop', { 'proxy_protocol_v2.enabled': 'true' }, 'TCP')], around);
    await expect(judged(config)).resolves.toBe('');
    expect(config).toContain('server s0 0.0.0.0:80 send-proxy-v2 disabled');
  });

  test('a listener that the lab does not play is left out', () => {
    expect(haproxyConfig(balancer([listener(undefined, { protocol: 'UDP', port: 53 })], {}, 'network'), [group('shop')], around)).not.toContain('frontend');
  });

  test('who has which place is told of a start, and is no part of the shape', () => {
    const slots = { 'arn:shop': [undefined, { address: '10.0.0.4', port: 8000, inRotation: true }, { address: '10.0.0.5', port: 8000, inRotation: false }] };
    const lines = haproxyConfig(balancer([listener()]), [group('shop')], { ...around, slots }).split('\n').filter((line) => line.includes('server s')).slice(0, 3);
    expect(lines.map((line) => line.trim())).toEqual(['server s0 0.0.0.0:80 disabled', 'server s1 10.0.0.4:8000', 'server s2 10.0.0.5:8000 disabled']);
  });
});
