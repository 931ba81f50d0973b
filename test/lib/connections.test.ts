import { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { InstanceType } from 'aws-cdk-lib/aws-ec2';
import { expect, test } from 'vitest';
import { gatewayNamed } from '../../app-runtime/gateways.js';
import { judgeConnections } from '../../lib/connections.js';
import { app } from './templates.js';

/** What is said of six servers of a gateway and a database of a class. */
function said(gateway: string, database: string): { errors: string[]; warnings: string[] } {
  const stack = new Stack(app(), 'split-tier');
  judgeConnections(stack, database, { servers: 6, instanceType: new InstanceType('t3.small'), gateway: gatewayNamed(gateway) });
  const found = Annotations.fromStack(stack);
  const texts = (of: 'findError' | 'findWarning') => found[of]('*', Match.anyValue()).map(({ entry }) => String(entry.data));
  return { errors: texts('findError'), warnings: texts('findWarning') };
}

test('a worker with a pool is counted by it, and not by the requests that it has at once', () => {
  expect(said('node', 'db.t4g.medium')).toEqual({ errors: [], warnings: [] });
  expect(said('node', 'db.t4g.micro').errors[0]).toMatch(/got 240 \(2 × 6 servers × 2 workers × 10 in a pool\); set /);
});

test('a worker of threads is counted by them', () => {
  expect(said('puma', 'db.t4g.small').errors[0]).toMatch(/got 180 \(2 × 6 servers × 3 workers × 5 threads\); set /);
});

test('where nothing limits a pool, the person is told to', () => {
  expect(said('go', 'db.t4g.micro')).toEqual({ errors: [], warnings: [expect.stringMatching(/^split-tier: the application must limit its pool for their connections to be counted; compare max_connections /)] });
});
