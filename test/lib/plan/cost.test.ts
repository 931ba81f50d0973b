import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { SingleNodeStack, SplitTierStack } from '../../../lib/index.js';
import { type Amount, besideInstance, costOf, type Item, monthly } from '../../../lib/plan/cost.js';
import { Balancer, Egress, Media } from '../../../lib/plan/page.js';
import { refusal } from '../application.js';
import { app } from '../templates.js';
import { topologies } from './topologies.js';

/** The images as the context lookup would have pinned them. */
const image = (processor: string) => [`ssm:account=123456789012:parameterName=/aws/service/debian/release/13/latest/${processor}:region=us-east-1`, 'ami-0123456789abcdef0'];
const context = Object.fromEntries([image('amd64'), image('arm64'), ['availability-zones:account=123456789012:region=us-east-1', ['us-east-1a', 'us-east-1b', 'us-east-1c']]]);
const env = { account: '123456789012', region: 'us-east-1' };

const counts = (items: readonly Item[], of: (item: Item) => Amount | undefined) =>
  Object.fromEntries(items.flatMap((item) => (of(item) ? [[item.what, of(item)!.count]] : [])));

/** What the template makes, counted as AWS bills it. */
function billed(stacks: readonly Stack[]): Record<string, number> {
  const resources = stacks.flatMap((stack) => Object.values(Template.fromStack(stack).toJSON().Resources as Record<string, { Type: string; Properties: any }>));
  const of = (type: string) => resources.filter(({ Type }) => Type === `AWS::${type}`).map(({ Properties }) => Properties);
  const balancers = of('ElasticLoadBalancingV2::LoadBalancer');
  const metrics = of('CloudWatch::Alarm').flatMap((alarm) => (alarm.Metrics ? alarm.Metrics.filter((each: any) => each.MetricStat).map((each: any) => each.MetricStat.Period) : [alarm.Period]))
    .concat(of('AutoScaling::ScalingPolicy').flatMap(({ TargetTrackingConfiguration: { CustomizedMetricSpecification: custom } }) => Array(2).fill(custom?.Period ?? 60)));
  const machines = of('AutoScaling::AutoScalingGroup').reduce((sum, { MinSize }) => sum + Number(MinSize), 0);
  const nats = of('EC2::NatGateway').length + of('EC2::Instance').length;
  return {
    machines, nats,
    addresses: of('EC2::EIP').length + of('EC2::Instance').length + balancers.reduce((sum, { Subnets = [], SubnetMappings = [] }) => sum + Subnets.length + SubnetMappings.length, 0),
    loadBalancers: balancers.length,
    endpoints: of('EC2::VPCEndpoint').filter(({ VpcEndpointType }) => VpcEndpointType === 'Interface').reduce((sum, { SubnetIds }) => sum + SubnetIds.length, 0),
    secrets: of('SecretsManager::Secret').length, volumes: of('EC2::Volume').length,
    fast: metrics.filter((period) => period < 60).length, slow: metrics.filter((period) => period >= 60).length,
  };
}

describe('what is counted is what the template makes', () => {
  test.each<[string, Record<string, unknown>]>([
    ['nginx', {}],
    ['alb', { balancer: Balancer.alb() }],
    ['alb that scales by requests', { balancer: Balancer.alb({ requestsPerServer: 1000 }) }],
    ['three nginx machines', { balancer: Balancer.nginx({ min: 3 }), minServers: 4 }],
    ['one NAT gateway for all zones', { egress: Egress.natGateway({ gateways: 1 }) }],
    ['no way out', { egress: Egress.none() }],
    ['IPv6', { egress: Egress.ipv6() }],
    ['no way out, and a bucket of uploaded files', { egress: Egress.none(), media: Media.bucket() }],
  ])('%s', (_, props) => {
    const root = app(context);
    const stack = new SplitTierStack(root, 'split-tier', { application: 'examples/wsgi', env, balancer: Balancer.nginx(), ...props });
    const real = billed([stack, stack.data]);
    const said = counts(costOf(topologies(props)).items, ({ split }) => split);
    expect((said['app servers'] ?? 0) + (said['nginx balancers'] ?? 0)).toBe(real['machines']);
    expect(said['root disks, 8 GiB']).toBe(real['machines']);
    expect(said['NAT gateways'] ?? 0).toBe(real['nats']);
    expect(said['interface endpoints'] ?? 0).toBe(real['endpoints']);
    expect(said['public IPv4 addresses']).toBe(real['addresses']);
    expect((said['Network Load Balancer'] ?? 0) + (said['Application Load Balancer'] ?? 0)).toBe(real['loadBalancers']);
    expect(said['secret key in Secrets Manager']).toBe(real['secrets']);
    expect(said['alarms, by metric, under a minute']).toBe(real['fast']);
    expect(said['alarms, by metric']).toBe(real['slow']);
  });

  test('single-node', () => {
    const root = app(context);
    const stack = new SingleNodeStack(root, 'single-node', { application: 'examples/wsgi', env });
    const real = billed([stack, stack.data]);
    const said = counts(costOf(topologies()).items, ({ single }) => single);
    expect(said).toEqual({ 'app servers': real['machines'], 'root disks, 8 GiB': real['machines'], 'detailed monitoring': real['machines'], 'public IPv4 addresses': real['addresses'], 'data volume, 8 GiB': real['volumes'] });
  });
});

test('single-node at the defaults costs what the README says', () => {
  expect(costOf(topologies()).single).toBeCloseTo(15.184 + 3.65 + 1.28 + 2.1, 6);
  expect(costOf(topologies({ instanceType: 't4g.small' })).single).toBeCloseTo(12.264 + 3.65 + 1.28 + 2.1, 6);
});

test('the sums are those of the items', () => {
  const { items, single, split } = costOf(topologies(), { name: 'db.t4g.micro', gib: 20 });
  expect(items.reduce((sum, item) => sum + monthly(item.single), 0)).toBeCloseTo(single, 9);
  expect(items.reduce((sum, item) => sum + monthly(item.split), 0)).toBeCloseTo(split, 9);
  expect(items.find(({ what }) => what.startsWith('database'))?.split).toEqual({ count: 1, each: 0.016 * 730 + 20 * 0.115, what: 'db.t4g.micro' });
});

test('a database that the page has costs the same on either, with its standby and its password', () => {
  const { items, single, split } = costOf(topologies(), { name: 'db.t4g.small', gib: 20, zones: 2, both: true });
  const without = costOf(topologies());
  expect(single - without.single).toBeCloseTo(2 * (0.032 * 730 + 20 * 0.115) + 0.4, 9);
  expect(split - without.split).toBeCloseTo(single - without.single, 9);
  expect(items.map(({ what }) => what)).toContain('database, 20 GiB, 2 zones');
});

test('another server costs its instance, its disk, its monitoring and its metrics', () => {
  const more = costOf(topologies({ minServers: 3 })).split - costOf(topologies()).split;
  expect(more).toBeCloseTo(0.0208 * 730 + besideInstance(), 9);
});

test('a type without a price is refused with the types that have one', () => {
  expect(refusal(() => costOf(topologies({ instanceType: 'r7g.large' })))).toMatch(/^plan: instanceType must be one whose price is in lib\/plan\/prices\.json \(t3\.nano, .*\), got r7g\.large; choose one of these, or add its price there$/);
});
