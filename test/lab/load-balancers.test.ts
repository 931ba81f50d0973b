import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { AllocateAddressCommand, DescribeSecurityGroupsCommand, DescribeSubnetsCommand, RunInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, listAt, textAt } from '../../lab/api.js';
import { ARegion } from './fixtures/region/a-region.js';
import { Account } from './fixtures/region/account.js';
import { Query } from './fixtures/region/query.js';

const APP = `node ${join(import.meta.dirname, 'fixtures', 'region', 'front.mjs')}`;
let region: ARegion;
let account: Account;
let query: Query;
let outputs: Record<string, string>;

// In this order: each part goes on from what the one before it left.
beforeAll(async () => {
  region = await ARegion.start();
  account = new Account(region.endpoint, region.directory);
  query = new Query(region.endpoint);
  await account.cdk('bootstrap', 'aws://123456789012/us-east-1');
  await deploy();
}, 240_000);

afterAll(() => region?.stop());

async function deploy(...context: string[]): Promise<void> {
  const deployed = await account.cdk('deploy', 'front', '--app', APP, '--require-approval', 'never', '--progress', 'events', ...context);
  expect(deployed.exitCode, deployed.all).toBe(0);
  const { Stacks } = await account.cloudFormation.send(new DescribeStacksCommand({ StackName: 'front' }));
  outputs = Object.fromEntries(Stacks![0]!.Outputs!.map(({ OutputKey, OutputValue }) => [OutputKey!.replace(/Out$/, ''), OutputValue!]));
}

/** What a Describe action tells of things, by the field that names them. */
async function described(things: string, parameters: Record<string, string> = {}): Promise<Answer[]> {
  return listAt(await query.ask('elasticloadbalancing', `Describe${things}`, parameters), `Describe${things}Result`, things);
}

const balancerOfKind = async (kind: string) => (await described('LoadBalancers')).find((entry) => textAt(entry, 'Type') === kind)!;

async function listeners(kind: string): Promise<string[]> {
  const told = await described('Listeners', { LoadBalancerArn: textAt(await balancerOfKind(kind), 'LoadBalancerArn') });
  return told.map((entry) => [textAt(entry, 'Port'), textAt(entry, 'Protocol'), ...listAt(entry, 'DefaultActions').map((action) => textAt(action, 'Type'))].join(' '));
}

describe('load balancers of a stack', () => {
  it('answer at addresses of this computer, which nobody else gets', async () => {
    expect([outputs['Net'], outputs['App']]).toEqual([expect.stringMatching(/^10\.213\.0\.\d+$/), expect.stringMatching(/^10\.213\.0\.\d+$/)]);
    const taken = (await account.addresses()).map(({ PublicIp }) => PublicIp);
    expect(new Set([...taken, outputs['Net'], outputs['App']]).size).toBe(taken.length + 2);
    expect(textAt(await balancerOfKind('network'), 'DNSName')).toBe(outputs['Net']);
  });

  it('are known to metrics by the end of their ARN', () => {
    expect(outputs['AppFull']).toMatch(/^app\/front-App[^/]+\/[0-9a-f]{16}$/);
    expect(outputs['HttpFull']).toMatch(/^targetgroup\/front-Http[^/]+\/[0-9a-f]{16}$/);
  });

  it('have the listeners, rules and attributes that the template declares', async () => {
    expect(await listeners('network')).toEqual(['80 TCP forward', '443 TLS forward']);
    expect(await listeners('application')).toEqual(['80 HTTP forward', '443 HTTPS forward']);
    expect(listAt(await balancerOfKind('network'), 'SecurityGroups')).toHaveLength(1);
    expect(await query.attributes('DescribeLoadBalancerAttributes', { LoadBalancerArn: outputs['AppArn']! })).toMatchObject({
      'routing.http.desync_mitigation_mode': 'strictest', 'routing.http.drop_invalid_header_fields.enabled': 'true', 'idle_timeout.timeout_seconds': '35',
      'deletion_protection.enabled': 'false',
    });
    expect(await query.attributes('DescribeTargetGroupAttributes', { TargetGroupArn: outputs['TcpArn']! })).toMatchObject({
      'proxy_protocol_v2.enabled': 'true', 'preserve_client_ip.enabled': 'false', 'deregistration_delay.timeout_seconds': '30',
      'deregistration_delay.connection_termination.enabled': 'false', 'target_health_state.unhealthy.connection_termination.enabled': 'true',
    });
  });

  it('are changed in place, and keep address, targets and secrets', async () => {
    const before = { ...outputs };
    await deploy('-c', 'deploy=second');
    expect(outputs).toEqual(before);
    expect(await listeners('application')).toEqual(['80 HTTP redirect', '443 HTTPS forward']);
    expect(await query.attributes('DescribeLoadBalancerAttributes', { LoadBalancerArn: outputs['AppArn']! })).toMatchObject({ 'idle_timeout.timeout_seconds': '90' });
    expect(await query.attributes('DescribeTargetGroupAttributes', { TargetGroupArn: outputs['TcpArn']! })).toMatchObject({
      'deregistration_delay.timeout_seconds': '45', 'deregistration_delay.connection_termination.enabled': 'true', 'proxy_protocol_v2.enabled': 'true',
    });
    const [tcp] = await described('TargetGroups', { 'TargetGroupArns.member.1': outputs['TcpArn']! });
    expect([textAt(tcp, 'HealthCheckPath'), textAt(tcp, 'HealthCheckPort'), textAt(tcp, 'HealthCheckIntervalSeconds')]).toEqual(['/well', '81', '10']);
  });
});

describe('a target', () => {
  let targets: string[];

  it('is initial until the data plane has seen it', async () => {
    const { Subnets } = await account.ec2.send(new DescribeSubnetsCommand());
    const SubnetId = Subnets!.find(({ CidrBlock }) => CidrBlock?.startsWith('10.0.'))!.SubnetId;
    const { Instances } = await account.ec2.send(new RunInstancesCommand({ ImageId: 'ami-0debb13a3d6400001', MinCount: 2, MaxCount: 2, SubnetId }));
    targets = Instances!.map(({ InstanceId }) => InstanceId!);
    await query.ask('elasticloadbalancing', 'ModifyTargetGroupAttributes', { TargetGroupArn: outputs['TcpArn']!, Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '2' }] });
    await query.ask('elasticloadbalancing', 'RegisterTargets', { TargetGroupArn: outputs['TcpArn']!, Targets: targets.map((Id) => ({ Id })) });
    expect(await query.health(outputs['TcpArn']!)).toEqual(Object.fromEntries(targets.map((id) => [id, 'initial Elb.RegistrationInProgress'])));
  });

  it('is what the data plane told last', async () => {
    const [one, other] = targets as [string, string];
    await query.tell('/lab/target-health', { [outputs['TcpArn']!]: { [one]: { state: 'healthy' }, [other]: { state: 'unhealthy', reason: 'Target.Timeout' }, 'i-unknown': { state: 'healthy' } } });
    expect(await query.health(outputs['TcpArn']!)).toEqual({ [one]: 'healthy', [other]: 'unhealthy Target.Timeout' });
    await expect(query.tell('/lab/target-health', { [outputs['TcpArn']!]: { [one]: { state: 'well' } } })).rejects.toThrow(/state must be one of initial, healthy, unhealthy, got well/);
  });

  it('drains for the deregistration delay, whatever the data plane says, and is gone then', async () => {
    const [one, other] = targets as [string, string];
    await query.ask('elasticloadbalancing', 'DeregisterTargets', { TargetGroupArn: outputs['TcpArn']!, Targets: [{ Id: one }] });
    await query.tell('/lab/target-health', { [outputs['TcpArn']!]: { [one]: { state: 'healthy' } } });
    expect(await query.health(outputs['TcpArn']!)).toMatchObject({ [one]: 'draining Target.DeregistrationInProgress' });
    await sleep(2500);
    expect(Object.keys(await query.health(outputs['TcpArn']!))).toEqual([other]);
  });

  it('whose instance is terminated is gone at once', async () => {
    await account.ec2.send(new TerminateInstancesCommand({ InstanceIds: targets }));
    expect(await query.health(outputs['TcpArn']!)).toEqual({});
  });
});

describe('what stands around load balancers', () => {
  it('a security group lets in what comes from the load balancers by their groups', async () => {
    const { SecurityGroups } = await account.ec2.send(new DescribeSecurityGroupsCommand());
    const servers = SecurityGroups!.find(({ GroupName }) => GroupName?.startsWith('front-Servers'))!;
    const sources = servers.IpPermissions!.flatMap(({ UserIdGroupPairs }) => UserIdGroupPairs!.map(({ GroupId }) => GroupId));
    const balancers = await described('LoadBalancers');
    expect(sources.sort()).toEqual(balancers.flatMap((entry) => listAt(entry, 'SecurityGroups').map(String)).sort());
  });

  it('every resource is played', async () => {
    expect((await account.everyEvent('front')).filter(({ ResourceStatus }) => ResourceStatus?.endsWith('FAILED'))).toEqual([]);
    expect(region.events().filter(({ event }) => event === 'resource not played' || event === 'update not played')).toEqual([]);
  });
});

describe('deletion protection', () => {
  it('keeps the load balancer, and its network with it, when the stack is deleted', async () => {
    await deploy('-c', 'protected=yes');
    expect(await listeners('application')).toEqual(['80 HTTP forward', '443 HTTPS forward']);
    await account.cdk('destroy', 'front', '--app', APP, '--force');
    const failed = (await account.everyEvent('front')).filter(({ ResourceStatus, ResourceType }) => ResourceStatus === 'DELETE_FAILED' && ResourceType !== 'AWS::CloudFormation::Stack');
    expect(failed.map(({ ResourceStatusReason }) => ResourceStatusReason)).toEqual([`Load balancer '${outputs['AppArn']}' cannot be deleted because deletion protection is enabled`]);
    expect(textAt(await balancerOfKind('application'), 'DNSName')).toBe(outputs['App']);
    const { Subnets } = await account.ec2.send(new DescribeSubnetsCommand());
    expect(Subnets!.filter(({ CidrBlock }) => CidrBlock?.startsWith('10.0.'))).not.toEqual([]);
  });

  it('once off, the stack goes, and its addresses are free', async () => {
    await query.ask('elasticloadbalancing', 'ModifyLoadBalancerAttributes', { LoadBalancerArn: outputs['AppArn']!, Attributes: [{ Key: 'deletion_protection.enabled', Value: 'false' }] });
    await account.remove('front');
    expect(await described('LoadBalancers')).toEqual([]);
    const { PublicIp } = await account.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    expect(PublicIp).toBe('10.213.0.17');
  });
});
