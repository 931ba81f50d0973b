import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textAt } from '../../lab/api.js';
import { until } from './a-lab.js';
import { ARegion } from './fixtures/region/a-region.js';
import { Account } from './fixtures/region/account.js';
import { Fleet, type FleetTemplate } from './fixtures/region/fleet.js';
import { Query } from './fixtures/region/query.js';

let region: ARegion;
let account: Account;
let query: Query;
let fleet: Fleet;

const ALARM = 'refused';
const PREFERENCES = {
  MinHealthyPercentage: 100, MaxHealthyPercentage: 200, InstanceWarmup: 1, CheckpointPercentages: [1, 100], CheckpointDelay: 2, BakeTime: 3,
};
const REFRESH = { AutoScalingInstanceRefresh: { Strategy: 'Rolling', Preferences: { ...PREFERENCES, AlarmSpecification: { Alarms: [ALARM] } } } };
const SETTLED = 90;

// A release of a deployment has a launch template of its own, so that the old one is there, unchanged, when the new one fails.
const release = (name: string): FleetTemplate => ({ release: name, template: `Template${name}`, policy: REFRESH });
const ends = (status: string) => until(status, async () => await fleet.status() === status, SETTLED);
const served = (count: number) => until(`${count} instances are in service`, async () => (await fleet.states()).join() === Array(count).fill('InService').join(), SETTLED);
const ring = (StateValue: 'ALARM' | 'OK') => query.ask('monitoring', 'SetAlarmState', { AlarmName: ALARM, StateValue, StateReason: 'a test' });
const ids = async () => (await fleet.members()).map(({ id }) => id);
const status = async () => textAt((await fleet.refreshes())[0], 'Status');

// In this order: each part goes on from what the one before it left.
beforeAll(async () => {
  region = await ARegion.start();
  account = new Account(region.endpoint, region.directory);
  query = new Query(region.endpoint);
  await query.ask('monitoring', 'PutMetricAlarm', {
    AlarmName: ALARM, Namespace: 'Paddock', MetricName: 'RefusedReleases', Statistic: 'Sum', Period: 10, EvaluationPeriods: 1, Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'notBreaching',
  });
  fleet = new Fleet(account, query, 'shop');
  fleet.live();
  await fleet.create(release('one'));
  await ends('CREATE_COMPLETE');
  await fleet.call('SetDesiredCapacity', { DesiredCapacity: 4 });
  await served(4);
}, 240_000);

afterAll(async () => {
  await fleet?.rest();
  await region?.stop();
});

describe('a changed launch template', () => {
  it('reaches one instance first, then the others, never fewer than there should be, and the size stays', async () => {
    const old = await ids();
    fleet.fewest = Infinity;
    await fleet.update(release('two'));
    await until('the first is there', async () => (await fleet.members()).filter(({ id, state }) => state === 'InService' && !old.includes(id)).length === 1 && (await ids()).length === 4, SETTLED);
    await ends('UPDATE_COMPLETE');
    expect((await ids()).filter((id) => old.includes(id))).toEqual([]);
    expect((await fleet.members()).map(({ zone }) => zone).sort()).toEqual(['a', 'a', 'b', 'b']);
    expect(fleet.fewest).toBeGreaterThanOrEqual(4);
    expect(await fleet.told()).toEqual(expect.arrayContaining([
      expect.stringMatching(/^Instance refresh \S+ initiated/), expect.stringMatching(/is InProgress \(25% complete\)/), expect.stringMatching(/is Baking \(100% complete\)/),
      expect.stringMatching(/completed successfully/)]));
    expect(await status()).toBe('Successful');
  });

  it('stops at the first instance that refuses it when an alarm rings, and the others are those they were', async () => {
    const old = await ids();
    fleet.refused = '1';
    await fleet.update(release('three'));
    await until('a launch is abandoned', async () => (await fleet.activities()).some((told) => told.includes('abandoned')), SETTLED);
    await ring('ALARM');
    fleet.refused = '';
    await ends('UPDATE_ROLLBACK_COMPLETE');
    expect(await fleet.told()).toContainEqual(expect.stringMatching(/ended with status Failed\. Instance refresh failed: the CloudWatch alarm refused went into the ALARM state\./));
    await ring('OK');
    await served(4);
    expect(await ids()).toEqual(old);
  });

  it('goes back as a whole when an alarm rings while it bakes', async () => {
    const old = await ids();
    await fleet.update(release('four'));
    await until('it bakes', async () => await status() === 'Baking', SETTLED);
    fleet.fewest = Infinity;
    await ring('ALARM');
    await ends('UPDATE_ROLLBACK_COMPLETE');
    await ring('OK');
    await served(4);
    expect(fleet.fewest).toBeGreaterThanOrEqual(4);
    const now = await fleet.members();
    expect(now.filter(({ id }) => old.includes(id))).toEqual([]);
    expect(await account.userData({ InstanceId: now[0]!.id })).toBe('two');
  });

  it('is what a scale-out in the middle of the refresh gets', async () => {
    await fleet.update(release('five'));
    await until('it has begun', async () => await status() === 'InProgress', SETTLED);
    await fleet.call('SetDesiredCapacity', { DesiredCapacity: 6 });
    await ends('UPDATE_COMPLETE');
    await served(6);
    for (const id of await ids()) expect(await account.userData({ InstanceId: id })).toBe('five');
  });
});

describe('a refresh that somebody starts', () => {
  const desired = async () => {
    const LaunchTemplateId = textAt(await fleet.group(), 'LaunchTemplate', 'LaunchTemplateId');
    await query.ask('ec2', 'CreateLaunchTemplateVersion', { LaunchTemplateId, LaunchTemplateData: { ImageId: 'ami-0debb13a3d6400001', InstanceType: 't3.medium' } });
    return { LaunchTemplate: { LaunchTemplateId, Version: '2' } };
  };

  it('puts back what it replaced, where it is told to, and leaves the group as it was', async () => {
    await fleet.call('SetDesiredCapacity', { DesiredCapacity: 2 });
    await served(2);
    const DesiredConfiguration = await desired();
    await fleet.call('StartInstanceRefresh', { DesiredConfiguration, Preferences: { ...PREFERENCES, SkipMatching: true } });
    await expect(fleet.call('StartInstanceRefresh')).rejects.toMatchObject({ code: 'InstanceRefreshInProgress' });
    await until('one is replaced', async () => (await fleet.members()).some(({ version, state }) => version === '2' && state === 'InService'), SETTLED);
    await fleet.call('RollbackInstanceRefresh');
    await until('it is back', async () => await status() === 'RollbackSuccessful', SETTLED);
    expect((await fleet.members()).filter(({ state }) => state === 'InService').map(({ version }) => version)).toEqual(['1', '1']);
    expect(textAt(await fleet.group(), 'LaunchTemplate', 'Version')).toBe('1');
  });

  it('rolls back by itself where it may, and makes what was desired the group\'s own when it succeeds', async () => {
    const LaunchTemplate = { LaunchTemplateId: textAt(await fleet.group(), 'LaunchTemplate', 'LaunchTemplateId'), Version: '2' };
    const start = (Preferences: object) => fleet.call('StartInstanceRefresh', { DesiredConfiguration: { LaunchTemplate }, Preferences: { ...PREFERENCES, SkipMatching: true, ...Preferences } } as never);
    await served(2);
    await start({ AutoRollback: true, AlarmSpecification: { Alarms: [ALARM] } });
    await until('it bakes', async () => await status() === 'Baking', SETTLED);
    await ring('ALARM');
    await until('it is back', async () => await status() === 'RollbackSuccessful', SETTLED);
    await ring('OK');
    await start({});
    await until('it is done', async () => await status() === 'Successful', SETTLED);
    expect(textAt(await fleet.group(), 'LaunchTemplate', 'Version')).toBe('2');
  });

  it('ends when it is cancelled, and nothing is put back', async () => {
    await served(2);
    await fleet.call('StartInstanceRefresh', { Preferences: { MinHealthyPercentage: 50, InstanceWarmup: 0 } });
    await fleet.call('CancelInstanceRefresh');
    expect(await status()).toBe('Cancelled');
    await expect(fleet.call('CancelInstanceRefresh')).rejects.toMatchObject({ code: 'ActiveInstanceRefreshNotFound' });
  });
});

describe('a rolling update', () => {
  const ROLLING = { AutoScalingRollingUpdate: { MinInstancesInService: 2, MaxBatchSize: 1, WaitOnResourceSignals: true, PauseTime: 'PT1M', SuspendProcesses: ['ReplaceUnhealthy'] } };

  it('grows the group for a while where too few would be left, and waits for the signal of each new instance', async () => {
    await fleet.rest();
    fleet.live(async ({ id }) => fleet.signal(id).catch(() => {}));
    await served(2);
    const old = await ids();
    fleet.fewest = Infinity;
    await fleet.update({ ...release('six'), policy: ROLLING });
    await ends('UPDATE_COMPLETE');
    await served(2);
    expect((await ids()).filter((id) => old.includes(id))).toEqual([]);
    expect(fleet.fewest).toBeGreaterThanOrEqual(2);
    const told = await fleet.told();
    expect(told).toEqual(expect.arrayContaining([
      expect.stringMatching(/^Rolling update initiated\. Terminating 2 obsolete instance\(s\) in batches of 1, while keeping at least 2 instance\(s\) in service\./),
      'Temporarily setting autoscaling group MinSize and DesiredCapacity to 3.', expect.stringMatching(/replacing with 1 new/), expect.stringMatching(/replacing with 0 new/)]));
    expect(told.filter((reason) => reason.startsWith('Received SUCCESS'))).toHaveLength(2);
  });

  it('cannot be asked for together with a refresh', async () => {
    await fleet.update({ ...release('seven'), policy: { ...ROLLING, ...REFRESH } });
    await ends('UPDATE_ROLLBACK_COMPLETE');
    expect(await fleet.told()).toContain('AutoScalingRollingUpdate and AutoScalingInstanceRefresh cannot be specified together in an UpdatePolicy');
  });
});

it('nothing in the region broke', () => {
  expect(region.events().filter(({ event }) => /request failed|beat failed|broke/.test(event))).toEqual([]);
});
