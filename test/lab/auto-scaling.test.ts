import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAt, textAt } from '../../lab/api.js';
import { until } from './a-lab.js';
import { ARegion } from './fixtures/region/a-region.js';
import { Account } from './fixtures/region/account.js';
import { Fleet, LAUNCHING, TERMINATING } from './fixtures/region/fleet.js';
import { Query } from './fixtures/region/query.js';

let region: ARegion;
let account: Account;
let query: Query;
let fleet: Fleet;
let target: string;

const SETTLED = 60;
const served = (count: number) => until(`${count} instances are in service`, async () => (await fleet.states()).join() === Array(count).fill('InService').join(), SETTLED);
const health = () => query.health(target);
/** What the data plane would report. */
const report = (states: Record<string, object>) => query.tell('/lab/target-health', { [target]: states });
const state = async (id: string) => (await fleet.members()).find((member) => member.id === id)?.state;

// In this order: each part goes on from what the one before it left.
beforeAll(async () => {
  region = await ARegion.start();
  account = new Account(region.endpoint, region.directory);
  query = new Query(region.endpoint);
  target = await aTargetGroup();
  fleet = new Fleet(account, query, 'shop');
}, 240_000);

afterAll(() => region?.stop());

/** A target group behind a load balancer, whose targets drain for three seconds. */
async function aTargetGroup(): Promise<string> {
  const subnets = listAt(await query.ask('ec2', 'DescribeSubnets'), 'subnetSet');
  const made = async (action: string, list: string, arn: string, parameters: object) =>
    textAt(listAt(await query.ask('elasticloadbalancing', action, parameters as never), `${action}Result`, list)[0], arn);
  const balancer = await made('CreateLoadBalancer', 'LoadBalancers', 'LoadBalancerArn', { Name: 'front', Type: 'network', Subnets: [textAt(subnets[0], 'subnetId')] });
  const group = await made('CreateTargetGroup', 'TargetGroups', 'TargetGroupArn', { Name: 'web', Protocol: 'TCP', Port: 80, VpcId: textAt(subnets[0], 'vpcId'), TargetType: 'instance' });
  await made('CreateListener', 'Listeners', 'ListenerArn', { LoadBalancerArn: balancer, Protocol: 'TCP', Port: 80, DefaultActions: [{ Type: 'forward', TargetGroupArn: group }] });
  await query.ask('elasticloadbalancing', 'ModifyTargetGroupAttributes', { TargetGroupArn: group, Attributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '3' }] });
  return group;
}

describe('a new group', () => {
  it('begins at its minimum, in both zones, and each instance waits for its hook and is nobody\'s target', async () => {
    await fleet.create({ group: { TargetGroupARNs: [target], HealthCheckType: 'ELB' } });
    await until('two wait', async () => (await fleet.states()).join() === 'Pending:Wait,Pending:Wait');
    const members = await fleet.members();
    expect(members.map(({ zone }) => zone)).toEqual(['a', 'b']);
    expect(await health()).toEqual({});
    for (const { id } of members) await fleet.complete(LAUNCHING, id);
    expect(await fleet.states()).toEqual(['InService', 'InService']);
    expect(Object.values(await health())).toEqual(['initial Elb.RegistrationInProgress', 'initial Elb.RegistrationInProgress']);
    await until('the stack is there', async () => await fleet.status() === 'CREATE_COMPLETE');
  });

  it('refuses to complete what nobody waits for', async () => {
    const [{ id }] = await fleet.pair();
    await expect(fleet.complete(LAUNCHING, id)).rejects.toThrow(`No active Lifecycle Action found with instance ID ${id}`);
    await expect(fleet.call('RecordLifecycleActionHeartbeat', { LifecycleHookName: LAUNCHING, InstanceId: id })).rejects.toMatchObject({ code: 'ValidationError' });
  });

  it('tells an instance\'s health in capitals where AWS does', async () => {
    const [entry] = listAt(await fleet.ask('DescribeAutoScalingInstances'), 'DescribeAutoScalingInstancesResult', 'AutoScalingInstances');
    expect([textAt(entry, 'HealthStatus'), textAt(entry, 'LifecycleState'), textAt(entry, 'LaunchTemplate', 'Version')]).toEqual(['HEALTHY', 'InService', '1']);
  });
});

describe('the size', () => {
  it('grows in balance, says why, and takes in who says that it serves', async () => {
    await fleet.call('SetDesiredCapacity', { DesiredCapacity: 4 });
    expect((await fleet.members()).map(({ zone, state }) => `${zone} ${state}`)).toEqual(['a InService', 'b InService', 'a Pending:Wait', 'b Pending:Wait']);
    expect((await fleet.activities())[0]).toMatch(/^InProgress: Launching a new EC2 instance: i-\w+ At \S+ a user request explicitly set group desired capacity changing the desired capacity from 2 to 4\. .* increasing the capacity from 3 to 4\.$/);
    fleet.live();
    await served(4);
    await fleet.rest();
  });

  it('keeps within its bounds', async () => {
    await expect(fleet.call('SetDesiredCapacity', { DesiredCapacity: 7 })).rejects.toThrow('New SetDesiredCapacity value 7 is above max value 6 for the AutoScalingGroup.');
    await expect(fleet.call('SetDesiredCapacity', { DesiredCapacity: 1 })).rejects.toThrow('New SetDesiredCapacity value 1 is below min value 2 for the AutoScalingGroup.');
  });

  it('is not reset by a deploy that changes the bounds, as long as it lies in them', async () => {
    await fleet.update({ group: { TargetGroupARNs: [target], HealthCheckType: 'ELB', MaxSize: '5' } });
    await until('the update is done', async () => await fleet.status() === 'UPDATE_COMPLETE');
    expect([textAt(await fleet.group(), 'DesiredCapacity'), textAt(await fleet.group(), 'MaxSize')]).toEqual(['4', '5']);
  });

  it('shrinks by the oldest of each zone: out of the target group at once, then the delay, then the hook', async () => {
    const [first, second] = await fleet.pair();
    await fleet.call('SetDesiredCapacity', { DesiredCapacity: 2 });
    expect(await fleet.states()).toEqual(['Terminating', 'Terminating', 'InService', 'InService']);
    expect((await health())[first.id]).toBe('draining Target.DeregistrationInProgress');
    await until('the hook waits', async () => await state(first.id) === 'Terminating:Wait' && await state(second.id) === 'Terminating:Wait');
    expect((await health())[first.id]).toBeUndefined();
    await fleet.call('RecordLifecycleActionHeartbeat', { LifecycleHookName: TERMINATING, InstanceId: first.id });
    for (const { id } of [first, second]) await fleet.complete(TERMINATING, id);
    expect(await fleet.states()).toEqual(['InService', 'InService']);
  });

  it('is not shrunk by who is protected', async () => {
    const [first, second] = await fleet.pair();
    await fleet.call('SetInstanceProtection', { InstanceIds: [first.id, second.id], ProtectedFromScaleIn: true });
    await fleet.call('UpdateAutoScalingGroup', { MinSize: 1, DesiredCapacity: 1 });
    expect(await fleet.states()).toEqual(['InService', 'InService']);
    await fleet.call('UpdateAutoScalingGroup', { MinSize: 2 });
    await fleet.call('SetInstanceProtection', { InstanceIds: [first.id, second.id], ProtectedFromScaleIn: false });
    expect(textAt(await fleet.group(), 'DesiredCapacity')).toBe('2');
  });
});

describe('an instance that is ill', () => {
  it('is replaced when a load balancer says so', async () => {
    const [well, ill] = await fleet.pair();
    await report({ [well.id]: { state: 'healthy' }, [ill.id]: { state: 'unhealthy', reason: 'Target.Timeout' } });
    await until('it leaves', async () => await state(ill.id) === 'Terminating');
    expect(await fleet.states()).toEqual(['InService', 'Terminating', 'Pending:Wait']);
    expect((await fleet.activities()).join('\n')).toContain('taken out of service in response to an ELB system health check failure');
    fleet.live(async ({ id }) => void await report({ [id]: { state: 'healthy' } }));
    await served(2);
  });

  it('is replaced when somebody says so, unless nothing may be launched', async () => {
    const [{ id }] = await fleet.pair();
    await fleet.call('SuspendProcesses', { ScalingProcesses: ['Launch'] });
    await fleet.ask('SetInstanceHealth', { InstanceId: id, HealthStatus: 'Unhealthy' });
    await served(1);
    await fleet.call('ResumeProcesses', { ScalingProcesses: ['Launch'] });
    await served(2);
    expect((await fleet.activities()).join('\n')).toContain('taken out of service in response to a user health-check');
  });

  it('is replaced at once when EC2 has ended it: nobody is left to complete a hook', async () => {
    await fleet.rest();
    const [dead, other] = await fleet.pair();
    await account.ec2.send(new TerminateInstancesCommand({ InstanceIds: [dead.id] }));
    expect(await fleet.members()).toMatchObject([{ id: other.id, state: 'InService' }, { state: 'Pending:Wait' }]);
    expect(Object.keys(await health())).toEqual([other.id]);
  });

  it('never joins when it abandons its launch, and another takes its place', async () => {
    const [, launched] = await fleet.pair();
    await fleet.complete(LAUNCHING, launched.id, 'ABANDON');
    expect(await fleet.members()).toMatchObject([{ state: 'InService' }, { id: launched.id, state: 'Terminating:Wait' }, { state: 'Pending:Wait' }]);
    expect((await fleet.activities()).join('\n')).toMatch(/Failed: Launching .* was abandoned: Lifecycle Action Completed with ABANDON Result/);
    fleet.live();
    await served(2);
  });

  it('is told two minutes before that EC2 takes it back, and is replaced first where the group rebalances', async () => {
    await fleet.rest();
    await fleet.call('UpdateAutoScalingGroup', { CapacityRebalance: true });
    const [spot, other] = await fleet.pair();
    expect(await query.tell('/lab/spot-notice', { instance: spot.id })).toEqual({ [spot.id]: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) });
    expect(await fleet.members()).toMatchObject([{ id: spot.id, state: 'InService' }, { id: other.id, state: 'InService' }, { state: 'Pending:Wait' }]);
    fleet.live();
    await until('it is gone', async () => await state(spot.id) === undefined, SETTLED);
    await served(2);
    await fleet.rest();
  });
});

describe('a hook that nobody completes', () => {
  it('ends as its default says when the heartbeat is over, which each heartbeat begins anew', async () => {
    await fleet.call('SetDesiredCapacity', { DesiredCapacity: 4 });
    const [silent, beating] = await fleet.pair('Pending:Wait');
    await new Promise((passed) => setTimeout(passed, 20_000));
    await fleet.call('RecordLifecycleActionHeartbeat', { LifecycleHookName: LAUNCHING, InstanceId: beating.id });
    await until('the silent one is abandoned', async () => await state(silent.id) === 'Terminating:Wait', 30);
    expect(await state(beating.id)).toBe('Pending:Wait');
    expect((await fleet.activities()).join('\n')).toMatch(/was abandoned: Heartbeat Timeout/);
  });
});

describe('the end of a group', () => {
  it('comes when its instances have drained and completed their hooks', async () => {
    await fleet.destroy();
    await until('all leave', async () => (await fleet.states()).every((state) => state.startsWith('Terminating')));
    await until('all wait', async () => (await fleet.states()).every((state) => state === 'Terminating:Wait'));
    expect(await fleet.status()).toBe('DELETE_IN_PROGRESS');
    fleet.live();
    await until('the stack is gone', async () => await fleet.status() === 'gone', SETTLED);
    await fleet.rest();
    expect(await account.machines()).toEqual([]);
  });

  it('comes at once by force', async () => {
    const another = new Fleet(account, query, 'hasty');
    await another.create({});
    await until('the stack is there', async () => await another.status() === 'CREATE_COMPLETE');
    await expect(another.call('DeleteAutoScalingGroup')).rejects.toMatchObject({ code: 'ResourceInUse' });
    await another.call('DeleteAutoScalingGroup', { ForceDelete: true });
    expect(await account.machines()).toEqual([]);
  });
});

describe('a warm pool', () => {
  const pool = async () => (await warmed.warm()).map(({ state }) => state);
  const instances = async () => (await account.machines()).length;
  let warmed: Fleet;

  it('is made ready by the same hook, and stopped', async () => {
    warmed = new Fleet(account, query, 'warmed');
    await warmed.create({});
    warmed.live();
    await until('the stack is there', async () => await warmed.status() === 'CREATE_COMPLETE');
    await warmed.call('PutWarmPool', { MinSize: 1, MaxGroupPreparedCapacity: 1 });
    await until('one is ready', async () => (await pool()).join() === 'Warmed:Stopped');
    expect(await warmed.states()).toEqual(['InService', 'InService']);
    expect((await warmed.activities())[0]).toMatch(/^Successful: Launching a new EC2 instance into warm pool: i-\w+ /);
  });

  it('is what the group grows by, and is filled again', async () => {
    const [ready] = await warmed.warm();
    const before = await instances();
    await warmed.call('SetDesiredCapacity', { DesiredCapacity: 3 });
    await until('it serves', async () => (await warmed.members()).some(({ id, state }) => id === ready!.id && state === 'InService'), SETTLED);
    await until('another is ready', async () => (await pool()).join() === 'Warmed:Stopped', SETTLED);
    expect(await instances()).toBe(before + 1);
  });

  it('is replaced by an instance refresh, too', async () => {
    const before = (await warmed.warm()).map(({ id }) => id);
    await warmed.update({ release: 'two', policy: { AutoScalingInstanceRefresh: { Strategy: 'Rolling', Preferences: { MinHealthyPercentage: 100, MaxHealthyPercentage: 200 } } } });
    await until('the update is done', async () => await warmed.status() === 'UPDATE_COMPLETE', SETTLED);
    await until('another is ready', async () => (await pool()).join() === 'Warmed:Stopped', SETTLED);
    const [ready] = await warmed.warm();
    expect(before).not.toContain(ready!.id);
    expect([ready!, ...(await warmed.members()).filter(({ state }) => state === 'InService')].map(({ version }) => version)).toEqual(['2', '2', '2', '2']);
  });

  it('is as large as the difference to the largest size unless it is told otherwise, and goes with its group', async () => {
    await warmed.call('PutWarmPool', { MinSize: 0, MaxGroupPreparedCapacity: -1 });
    await until('three are ready', async () => (await pool()).join() === Array(3).fill('Warmed:Stopped').join(), SETTLED);
    await warmed.rest();
    await expect(warmed.call('PutWarmPool', { PoolState: 'Running' })).rejects.toThrow('not played: a warm pool whose instances run');
    await warmed.call('DeleteAutoScalingGroup', { ForceDelete: true });
    expect((await account.machines())).toEqual([]);
  });
});

it('what is not played is refused in one line', async () => {
  const another = new Fleet(account, query, 'standby');
  await another.create({});
  await until('the stack is there', async () => await another.status() === 'CREATE_COMPLETE');
  await expect(another.call('EnterStandby')).rejects.toThrow('autoscaling.EnterStandby is not played');
});

it('nothing in the region broke', () => {
  expect(region.events().filter(({ event }) => /failed|broke/.test(event))).toEqual([]);
});
