import { expect, test } from 'vitest';
import { gatewayNamed } from '../../../app-runtime/gateways.js';
import { countConnections, limitOf } from '../../../lib/plan/connections.js';
import { topologies } from './topologies.js';

/** What such servers answered to SHOW max_connections, by memory: no formula of ours may promise more. */
test.each([['db.t4g.small', 198], ['db.t4g.medium', 413], ['db.t4g.large', 856]])('%s is not held for more than it takes', (name, measured) => {
  expect(limitOf(name)).toBeLessThan(measured);
  expect(limitOf(name)).toBeGreaterThan(0.8 * measured);
});

test('connections are counted at the largest size, while a release replaces all servers', () => {
  const count = countConnections({ by: 'thread', most: 1, why: 'one for each thread' }, topologies({ maxServers: 5 }), 'db.t4g.micro', gatewayNamed('gunicorn'));
  expect(count).toEqual({ most: 2 * 5 * 3 * 16, limit: limitOf('db.t4g.micro'), database: 'db.t4g.micro', fits: 'db.t4g.large', how: '2 × 5 servers × 3 workers × 16 threads; one for each thread' });
});

test('a pool of each worker takes fewer', () => {
  expect(countConnections({ by: 'worker', most: 4, why: 'a pool' }, topologies(), 'db.t4g.small', gatewayNamed('gunicorn'))).toMatchObject({ most: 2 * 6 * 3 * 4, how: '2 × 6 servers × 3 workers × 4; a pool' });
});

test('what no class takes has no class that fits', () => {
  expect(countConnections({ by: 'thread', most: 1, why: '' }, topologies({ maxServers: 400 }), 'db.t4g.micro', gatewayNamed('gunicorn')).fits).toBeUndefined();
});
