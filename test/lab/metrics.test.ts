import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listAt, textAt } from '../../lab/api.js';
import { Balancer, SplitTierStack } from '../../lib/index.js';
import { app, env, example } from '../lib/templates.js';
import { ARegion } from './fixtures/region/a-region.js';
import { Account } from './fixtures/region/account.js';
import { Query } from './fixtures/region/query.js';

let region: ARegion;
let account: Account;
let query: Query;

beforeAll(async () => {
  region = await ARegion.start();
  account = new Account(region.endpoint, region.directory);
  query = new Query(region.endpoint);
});

afterAll(() => region?.stop());

type Datum = Parameters<Query['ask']>[2];

const publish = (...MetricData: NonNullable<Datum>[]) =>
  query.ask('monitoring', 'PutMetricData', { Namespace: 'Paddock', MetricData: MetricData.map((datum) => ({ StorageResolution: 1, ...datum })) });

const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
const now = () => Date.now() / 1000;

/** Waits until something holds. */
async function until(holds: () => Promise<boolean>, seconds: number): Promise<void> {
  for (const end = now() + seconds; now() < end; await sleep(250)) if (await holds()) return;
  throw new Error(`it never held in ${seconds} s`);
}

async function statistics(MetricName: string, ...ExtendedStatistics: string[]): Promise<Record<string, number>> {
  const answer = await query.ask('monitoring', 'GetMetricStatistics', {
    Namespace: 'Paddock', MetricName, StartTime: iso(now() - 60), EndTime: iso(now() + 60), Period: 3600,
    Statistics: ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount'], ...ExtendedStatistics.length > 0 && { ExtendedStatistics },
  });
  const [point] = listAt(answer, 'GetMetricStatisticsResult', 'Datapoints');
  const plain = ['Sum', 'Average', 'Minimum', 'Maximum', 'SampleCount'].map((name) => [name, Number(textAt(point, name))] as const);
  const entries = (point as { ExtendedStatistics?: { entry?: unknown } }).ExtendedStatistics?.entry ?? [];
  const extended = [entries].flat().map((entry) => [textAt(entry as never, 'key'), Number(textAt(entry as never, 'value'))] as const);
  return Object.fromEntries([...plain, ...extended]);
}

describe('metrics', () => {
  it('are taken from machines, that is over TLS by the query protocol, and from tools by the JSON protocol', async () => {
    const scope = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/monitoring/aws4_request, SignedHeaders=host, Signature=0';
    const body = new URLSearchParams({
      'Action': 'PutMetricData', 'Version': '2010-08-01', 'Namespace': 'Paddock', 'MetricData.member.1.MetricName': 'ByBoth', 'MetricData.member.1.StorageResolution': '1',
      'MetricData.member.1.Value': '1',
    }).toString();
    await region.overTls('monitoring.us-east-1.amazonaws.com', '/', { 'authorization': scope, 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(body.length) }, body);
    const json = JSON.stringify({ Namespace: 'Paddock', MetricData: [{ MetricName: 'ByBoth', StorageResolution: 1, Values: [2, 4], Counts: [1, 1] }] });
    const answer = await fetch(region.endpoint, {
      method: 'POST', body: json, headers: { 'authorization': scope, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData' },
    });
    expect([answer.status, await statistics('ByBoth')]).toMatchObject([200, { Sum: 7, SampleCount: 3 }]);
  });

  it('of values and how often each occurred tell their percentiles', async () => {
    await publish({ MetricName: 'ResponseTime', Values: [0.1, 3], Counts: [985, 15], Unit: 'Seconds' });
    expect(await statistics('ResponseTime', 'p50', 'p98.5', 'p99')).toEqual({
      Sum: 143.5, Average: 0.1435, Minimum: 0.1, Maximum: 3, SampleCount: 1000, p50: 0.1, 'p98.5': 0.1, p99: 3,
    });
  });

  it('of a statistic set add up with plain values, and tell no percentile', async () => {
    await publish({ MetricName: 'Mixed', StatisticValues: { SampleCount: 4, Sum: 10, Minimum: 1, Maximum: 4 } }, { MetricName: 'Mixed', Value: 20 });
    expect(await statistics('Mixed', 'p99')).toEqual({ Sum: 30, Average: 6, Minimum: 1, Maximum: 20, SampleCount: 5 });
  });

  it('are told apart by their dimensions', async () => {
    await publish(...['a', 'b'].map((Value, index) => ({ MetricName: 'Apart', Dimensions: [{ Name: 'Deployment', Value }], Value: index + 1 })));
    const answer = await query.ask('monitoring', 'ListMetrics', { Namespace: 'Paddock', MetricName: 'Apart', Dimensions: [{ Name: 'Deployment', Value: 'b' }] });
    expect(listAt(answer, 'ListMetricsResult', 'Metrics')).toHaveLength(1);
  });

  it('of standard resolution are of the minute in which they were published', async () => {
    await query.ask('monitoring', 'PutMetricData', { Namespace: 'Paddock', MetricData: [{ MetricName: 'Standard', Value: 1 }] });
    const answer = await query.ask('monitoring', 'GetMetricStatistics', {
      Namespace: 'Paddock', MetricName: 'Standard', StartTime: iso(now() - 120), EndTime: iso(now() + 60), Period: 1, Statistics: ['Sum'],
    });
    const [point] = listAt(answer, 'GetMetricStatisticsResult', 'Datapoints');
    expect(new Date(textAt(point, 'Timestamp')).getSeconds()).toBe(0);
  });

  it.each([
    ['IF(m1 > 10, 100 * FILL(m2, 0) / m1, 0)', 0],
    ['100*(m1/(m1+3*m1))', 25],
    ['SUM([m1, m1, 4])', undefined],
    ['MAX([m1, -m1]) + CEIL(0.2)', 21],
    ['IF(m1 >= 20 AND NOT_KNOWN > 1, 1)', undefined],
    ['m1 / FILL(m2, 0)', undefined],
  ])('math %s of metrics is %s', async (Expression, expected) => {
    const period = 3600;
    await publish({ MetricName: 'Math', Value: 20, Timestamp: iso(now() - now() % period + 5) });
    const asking = query.ask('monitoring', 'GetMetricData', {
      StartTime: iso(now() - now() % period), EndTime: iso(now() - now() % period + period),
      MetricDataQueries: [
        ...['Math', 'Missing'].map((MetricName, index) => ({ Id: `m${index + 1}`, ReturnData: false, MetricStat: { Metric: { Namespace: 'Paddock', MetricName }, Period: period, Stat: 'Maximum' } })),
        { Id: 'e', Expression },
      ],
    });
    const values = await asking.then((answer) => listAt(listAt(answer, 'GetMetricDataResult', 'MetricDataResults')[0], 'Values').map(Number), () => []);
    expect(values).toEqual(expected === undefined ? [] : [expected]);
  });
});

// The two tables of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html, oldest point first.
const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
const KEPT = 'kept';
const TABLES = [
  [3, '0-X-X', 'OK', 'OK', 'OK', 'OK'],
  [3, '0----', 'OK', 'OK', 'OK', 'OK'],
  [3, '-----', 'INSUFFICIENT_DATA', KEPT, 'ALARM', 'OK'],
  [3, '0XX-X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  [3, '----X', 'INSUFFICIENT_DATA', KEPT, 'ALARM', 'OK'],
  [3, 'X----', 'ALARM', KEPT, 'ALARM', 'OK'],
  [2, '0-X-X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  [2, '00X0X', 'ALARM', 'ALARM', 'ALARM', 'ALARM'],
  [2, '0-X--', 'OK', 'OK', 'ALARM', 'OK'],
  [2, '----0', 'OK', 'OK', 'ALARM', 'OK'],
  [2, '----X', 'INSUFFICIENT_DATA', KEPT, 'ALARM', 'OK'],
] as const;

describe('an alarm', () => {
  it('treats missing data as AWS documents', async () => {
    const period = 600;
    const oldest = now() - 5 * period + period / 2;
    for (const [row, [DatapointsToAlarm, points]] of TABLES.entries()) {
      await publish(...[...points].flatMap((point, index) => (point === '-' ? [] : [{ MetricName: `Row${row}`, Value: point === 'X' ? 5 : 1, Timestamp: iso(oldest + index * period) }])), { MetricName: 'Filler', Value: 0 });
      for (const TreatMissingData of TREATMENTS) {
        await query.ask('monitoring', 'PutMetricAlarm', {
          AlarmName: `${row} ${TreatMissingData}`, Namespace: 'Paddock', MetricName: `Row${row}`, Statistic: 'Maximum', Period: period, EvaluationPeriods: 3, DatapointsToAlarm,
          Threshold: 3, ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData,
        });
      }
    }
    const expected = Object.fromEntries(TABLES.flatMap(([, , ...states], row) => TREATMENTS.map((treatment, index) => [`${row} ${treatment}`, states[index]!])));
    for (const [AlarmName, state] of Object.entries(expected)) {
      if (state === KEPT) await query.ask('monitoring', 'SetAlarmState', { AlarmName, StateValue: 'ALARM', StateReason: 'test' });
    }
    await sleep(11_500);
    expect(await query.alarms()).toEqual(Object.fromEntries(Object.entries(expected).map(([name, state]) => [name, state === KEPT ? 'ALARM' : state])));
    await query.ask('monitoring', 'DeleteAlarms', { AlarmNames: Object.keys(expected) });
  });

  it('on refused releases rings within seconds, and an alarm on alarms with it', async () => {
    const Dimensions = [{ Name: 'Deployment', Value: 'shop' }, { Name: 'Release', Value: '0123456789ab' }];
    await query.ask('monitoring', 'PutMetricAlarm', {
      AlarmName: 'refused', Namespace: 'Paddock', MetricName: 'RefusedReleases', Dimensions, Statistic: 'Sum', Period: 10, EvaluationPeriods: 1, Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'notBreaching',
    });
    await query.ask('monitoring', 'PutCompositeAlarm', { AlarmName: 'anything', AlarmRule: 'ALARM("refused") OR (ALARM(nothing) AND NOT OK(refused))' });
    expect(await query.alarms()).toMatchObject({ refused: 'INSUFFICIENT_DATA' });
    await until(async () => Object.values(await query.alarms()).every((state) => state === 'OK'), 3);
    await publish({ MetricName: 'RefusedReleases', Dimensions, Value: 1 });
    await until(async () => Object.values(await query.alarms()).every((state) => state === 'ALARM'), 13);
  });

  it('on slow answers asks ten visitors at least, and is no matter of one of them', async () => {
    const stack = new SplitTierStack(app(), 'shop', { application: example('wsgi'), env, balancer: Balancer.nginx() });
    const declared = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')).find(({ Properties }) => Properties.AlarmDescription.includes('takes longer'))!.Properties;
    const visitors = { 'one slow of 8': [7, 1], 'one slow of 50': [49, 1], 'six slow of 50': [44, 6], 'one slow of 200': [199, 1], 'four slow of 200': [196, 4] } as const;
    for (const [AlarmName, [well, slow]] of Object.entries(visitors)) {
      const Dimensions = [{ Name: 'Deployment', Value: AlarmName }];
      const Metrics = JSON.parse(JSON.stringify(declared.Metrics).replaceAll('"shop"', JSON.stringify(AlarmName)));
      await query.ask('monitoring', 'PutMetricAlarm', { ...declared, AlarmName, Metrics });
      for (const ago of [0, 10, 20, 30]) {
        const common = { Dimensions, Timestamp: iso(now() - ago) };
        await publish({ ...common, MetricName: 'Requests', Value: well + slow }, { ...common, MetricName: 'ResponseTime', Values: [0.1, 20], Counts: [well, slow], Unit: 'Seconds' });
      }
    }
    await sleep(11_500);
    const states = await query.alarms();
    expect(Object.fromEntries(Object.keys(visitors).map((name) => [name, states[name]]))).toEqual({
      'one slow of 8': 'OK', 'one slow of 50': 'OK', 'six slow of 50': 'ALARM', 'one slow of 200': 'OK', 'four slow of 200': 'ALARM',
    });
    await query.ask('monitoring', 'DeleteAlarms', { AlarmNames: Object.keys(visitors) });
  });

  it('of a form that is not played is refused', async () => {
    await expect(query.ask('monitoring', 'PutCompositeAlarm', { AlarmName: 'wrong', AlarmRule: 'ALARM(a) XOR OK(b)' })).rejects.toThrow(/AlarmRule must be made of ALARM, OK and INSUFFICIENT_DATA/);
  });
});

describe('target tracking', () => {
  const group = 'servers';

  async function sizes(): Promise<{ desired: number; running: number }> {
    const answer = await query.ask('autoscaling', 'DescribeAutoScalingGroups', { AutoScalingGroupNames: [group] });
    const [told] = listAt(answer, 'DescribeAutoScalingGroupsResult', 'AutoScalingGroups');
    return { desired: Number(textAt(told, 'DesiredCapacity')), running: listAt(told, 'Instances').length };
  }

  it('grows a group in proportion, no further than its maximum, and takes no other policy', async () => {
    const { Subnets } = await account.ec2.send(new DescribeSubnetsCommand());
    await query.ask('ec2', 'CreateLaunchTemplate', { LaunchTemplateName: 'server', LaunchTemplateData: { ImageId: 'ami-0debb13a3d6400001', InstanceType: 't3.small' } });
    await query.ask('autoscaling', 'CreateAutoScalingGroup', {
      AutoScalingGroupName: group, MinSize: 2, MaxSize: 5, LaunchTemplate: { LaunchTemplateName: 'server', Version: '1' }, VPCZoneIdentifier: Subnets![0]!.SubnetId!,
    });
    await expect(query.ask('autoscaling', 'PutScalingPolicy', { AutoScalingGroupName: group, PolicyName: 'steps', PolicyType: 'StepScaling' })).rejects.toThrow(/must be TargetTrackingScaling/);
    await query.ask('autoscaling', 'PutScalingPolicy', {
      AutoScalingGroupName: group, PolicyName: 'busy', PolicyType: 'TargetTrackingScaling', EstimatedInstanceWarmup: 0,
      TargetTrackingConfiguration: {
        TargetValue: 60, CustomizedMetricSpecification: { Namespace: 'Paddock', MetricName: 'BusyThreads', Statistic: 'Average', Dimensions: [{ Name: 'Deployment', Value: 'shop' }] },
      },
    });
    const busy = (Value: number, Timestamp: number) => publish({ MetricName: 'BusyThreads', Dimensions: [{ Name: 'Deployment', Value: 'shop' }], Value, Timestamp: iso(Timestamp) });
    // As if it had been so for a minute: 2 servers at 90 are 3 at 60.
    for (let ago = 0; ago < 60; ago += 5) await busy(90, now() - ago);
    await until(async () => (await sizes()).desired === 3, 15);
    await until(async () => (await sizes()).running === 3, 5);
    for (let ago = 0; ago < 60; ago += 1) await busy(400, now() - ago);
    await until(async () => (await sizes()).desired === 5, 15);
  });

  it('shrinks it by one at a time, never below its minimum, when the metric was low for long', async () => {
    // Under another name, as if for the last three minutes nobody had been there.
    for (let ago = 0; ago < 190; ago += 5) await publish({ MetricName: 'Quiet', Value: 0, Timestamp: iso(now() - ago) });
    await query.ask('autoscaling', 'PutScalingPolicy', {
      AutoScalingGroupName: group, PolicyName: 'busy', PolicyType: 'TargetTrackingScaling', EstimatedInstanceWarmup: 0,
      TargetTrackingConfiguration: { TargetValue: 60, CustomizedMetricSpecification: { Namespace: 'Paddock', MetricName: 'Quiet', Statistic: 'Average' } },
    });
    await until(async () => (await sizes()).desired === 2, 20);
    const steps = region.events().filter(({ event, desired, before }) => event === 'group resized' && Number(desired) < Number(before));
    expect(steps.map(({ before, desired }) => Number(before) - Number(desired))).toEqual([1, 1, 1]);
    await sleep(2500);
    expect((await sizes()).desired).toBe(2);
  });
});

it('a scheduled action changes the bounds at its time, once', async () => {
  await query.ask('autoscaling', 'PutScheduledUpdateGroupAction', {
    AutoScalingGroupName: 'servers', ScheduledActionName: 'evening', StartTime: iso(now() + 2), MinSize: 3, MaxSize: 4,
  });
  await until(async () => region.events().some(({ event, min, max }) => event === 'scheduled action begun' && min === 3 && max === 4), 10);
  const answer = await query.ask('autoscaling', 'DescribeAutoScalingGroups', { AutoScalingGroupNames: ['servers'] });
  expect(textAt(listAt(answer, 'DescribeAutoScalingGroupsResult', 'AutoScalingGroups')[0], 'DesiredCapacity')).toBe('3');
  expect(listAt(await query.ask('autoscaling', 'DescribeScheduledActions'), 'DescribeScheduledActionsResult', 'ScheduledUpdateGroupActions')).toEqual([]);
});
