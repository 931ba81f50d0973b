import { type App, aws_s3 as s3, Stack } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { Balancer, Database, Egress, Media, Proxy, Secret, SingleNodeStack, SplitTierStack, type SplitTierStackProps, Update } from '../../lib/index.js';
import { app, env, example } from './templates.js';

// vitest.config.ts takes it away from other tests, whose templates are among these.
delete process.env['CDK_VALIDATION'];

const certificate = 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0000-0000-0000-000000000000';
const site = { application: example('wsgi'), env, domains: ['shop.example.com'], secrets: { A: Secret.parameter('/shop/api-key'), B: Secret.secretsManager('shop/stripe') }, watchSecrets: true };
const split = (props: Partial<SplitTierStackProps>) => (root: App) => new SplitTierStack(root, 'split-tier', { ...site, balancer: Balancer.nginx(), ...props });

test.each<[string, (root: App) => void]>([
  ['single-node', (root) => new SingleNodeStack(root, 'single-node', site)],
  ['single-node with what both topologies share', (root) => new SingleNodeStack(root, 'single-node', { ...site, proxy: Proxy.apache(), database: Database.postgres({ multiAz: true }), media: Media.bucket() })],
  ['single-node of no account', (root) => new SingleNodeStack(root, 'single-node', { application: site.application })],
  ['split-tier behind nginx', split({})],
  ['split-tier behind nginx with all that is shared, by HTTPS', split({ certificate, database: Database.postgres(), media: Media.bucket(), egress: Egress.none() })],
  ['split-tier behind nginx that grows by spot servers and the clock', split({ spotShare: 50, schedules: [{ cron: '0 8 * * *', timeZone: 'Europe/Berlin', minServers: 4, maxServers: 6 }], egress: Egress.natInstance(), zones: 3 })],
  ['split-tier behind nginx, rolling, by IPv6', split({ update: Update.rollingUpdate(), egress: Egress.ipv6() })],
  ['split-tier behind an ALB', split({ balancer: Balancer.alb(), proxy: Proxy.apache(), warmServers: 2 })],
  ['split-tier behind an ALB by HTTPS', split({ balancer: Balancer.alb(), certificate, update: Update.rollingUpdate(), deletionProtection: false })],
])("CloudFormation's own validator accepts %s", (_, make) => {
  const root = app();
  make(root);
  expect(root.synth().stacks.length).toBeGreaterThan(0);
});

test("CloudFormation's own validator refuses a property that a resource does not have", () => {
  const root = app();
  new s3.CfnBucket(new Stack(root, 'shop'), 'Bucket').addPropertyOverride('Size', 'large');
  expect(() => root.synth()).toThrow(/Size: Additional properties are not allowed/);
});
