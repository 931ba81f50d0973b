import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { balancerMetrics, figures, since, type Stats } from '../../../../app-runtime/agent/metrics/balancer-metrics.js';
import { metricData } from '../../../../app-runtime/agent/metrics/datum.js';
import { busyThreads } from '../../../../app-runtime/agent/metrics/gateway-load.js';
import { PERIOD, type Publisher, publishMetrics, refusedRelease } from '../../../../app-runtime/agent/metrics/publish.js';
import { serverMetrics } from '../../../../app-runtime/agent/metrics/server-metrics.js';
import { read } from '../../../../app-runtime/agent/metrics/worker-marks.js';

/** Calls that were made of AWS, which answers as it is told. */
class Account implements Publisher {
  readonly told: Record<string, string>[] = [];
  away = false;

  async query(...[service, action, , parameters]: Parameters<Publisher['query']>): Promise<string> {
    if (this.away) throw new Error('nobody answers');
    expect([service, action]).toEqual(['monitoring', 'PutMetricData']);
    this.told.push(parameters);
    return '';
  }
}

let account: Account;
let logged: string[];
beforeEach(() => {
  account = new Account();
  logged = [];
  vi.useFakeTimers();
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => { logged.push((JSON.parse(String(line)) as { event: string }).event); return true; });
});
afterEach(() => { vi.useRealTimers(); vi.restoreAllMocks(); });

const periods = (count: number) => vi.advanceTimersByTimeAsync(count * PERIOD);

describe('CloudWatch is told', () => {
  test('each figure with its dimensions, kept by the second', () => {
    expect(metricData('shop', Date.parse('2026-11-28T10:00:00Z'), [{ name: 'BusyThreads', unit: 'Percent', value: 62.5 }])).toEqual({
      Namespace: 'Paddock', 'MetricData.member.1.MetricName': 'BusyThreads', 'MetricData.member.1.Unit': 'Percent', 'MetricData.member.1.Value': '62.5',
      'MetricData.member.1.Timestamp': '2026-11-28T10:00:00.000Z', 'MetricData.member.1.StorageResolution': '1',
      'MetricData.member.1.Dimensions.member.1.Name': 'Deployment', 'MetricData.member.1.Dimensions.member.1.Value': 'shop',
    });
  });

  test('how often each response time was seen, so that it can tell percentiles', () => {
    expect(metricData('shop', 0, [{ name: 'Requests', unit: 'Count', value: 4 }, { name: 'ResponseTime', unit: 'Seconds', value: new Map([[0.1, 3], [2, 1]]) }])).toMatchObject({
      'MetricData.member.2.Values.member.1': '0.1', 'MetricData.member.2.Counts.member.1': '3', 'MetricData.member.2.Values.member.2': '2', 'MetricData.member.2.Counts.member.2': '1',
    });
  });

  test('of a refused release under its own name, so that no other release\'s alarm hears it', async () => {
    await refusedRelease(account, 'shop', '0123456789abcdef'.repeat(4));
    expect(account.told).toMatchObject([{ 'MetricData.member.1.MetricName': 'RefusedReleases', 'MetricData.member.1.Value': '1', 'MetricData.member.1.Dimensions.member.2.Name': 'Release', 'MetricData.member.1.Dimensions.member.2.Value': '0123456789ab' }]);
  });
});

describe('publishing', () => {
  test('happens once a period, in one call', async () => {
    void publishMetrics(account, 'shop', () => [{ name: 'Requests', unit: 'Count', value: 1 }, { name: 'ServerErrors', unit: 'Count', value: 0 }]);
    await periods(3);
    expect(account.told).toHaveLength(3);
  });

  test('makes no call where there is nothing to tell', async () => {
    void publishMetrics(account, 'shop', () => []);
    await periods(3);
    expect(account.told).toEqual([]);
  });

  test('drops what cannot be told, says so once, and once that it works again', async () => {
    let period = 0;
    void publishMetrics(account, 'shop', () => [{ name: 'Requests', unit: 'Count', value: ++period }]);
    await periods(1);
    account.away = true;
    await periods(4);
    account.away = false;
    await periods(2);
    expect(account.told.map((told) => told['MetricData.member.1.Value'])).toEqual(['1', '6', '7']);
    expect(logged).toEqual(['could not publish metrics', 'published metrics again']);
  });

  test('goes on after a figure that could not be measured', async () => {
    let period = 0;
    void publishMetrics(account, 'shop', async () => {
      if (++period === 1) throw new Error('no figure');
      return [{ name: 'Requests', unit: 'Count', value: period }];
    });
    await periods(2);
    expect(account.told).toHaveLength(1);
  });
});

test('a refused release that cannot be told keeps nobody waiting for ever', async () => {
  account.away = true;
  await refusedRelease(account, 'shop', 'a'.repeat(64));
  expect(logged).toEqual(['could not tell of a refused release']);
});

describe('BusyThreads', () => {
  test('is percent of the threads that are busy, and beyond a hundred those that are missing', () => {
    expect(busyThreads({ busy: 0.25, threads: 48, backlog: 0 })).toBe(25);
    expect(busyThreads({ busy: 1, threads: 48, backlog: 24 })).toBe(150);
  });

  test('is the average of a period, and nothing while the server takes no share of the requests', async () => {
    const loads = [0.2, 0.4, 0.9, 0.9].map((busy) => ({ busy, threads: 10, backlog: 0 }));
    let joined = true;
    const measure = serverMetrics(async () => loads.shift() ?? { busy: 0, threads: 10, backlog: 0 }, () => joined);
    await vi.advanceTimersByTimeAsync(1500);
    expect(await measure()).toMatchObject([{ name: 'BusyThreads', value: 30 }]);
    joined = false;
    await vi.advanceTimersByTimeAsync(1000);
    expect(await measure()).toEqual([]);
    joined = true;
    await vi.advanceTimersByTimeAsync(1000);
    expect(await measure()).toMatchObject([{ value: 90 }]);
  });
});

describe('a worker\'s mark', () => {
  test('tells busy threads and who waits', () => {
    expect(read(Buffer.from([1, 0, 1, 1, 5, 1]))).toEqual({ threads: 4, busy: 3, waiting: 261 });
  });

  test('tells nothing while it is being made', () => {
    expect(read(Buffer.alloc(0))).toEqual({ threads: 0, busy: 0, waiting: 0 });
  });
});

describe('a balancer\'s figures', () => {
  const stats = (requests: number, server_errors: number, seconds: Stats['seconds']): Stats => ({ requests, server_errors, seconds });

  test('are what was counted since the last look', () => {
    expect(since(stats(100, 3, { 0.1: 90, 1: 10 }), stats(150, 4, { 0.1: 130, 1: 20 }))).toEqual(stats(50, 1, { 0.1: 40, 1: 10 }));
  });

  test('begin again when nginx was started anew', () => {
    expect(since(stats(100, 3, { 0.1: 90 }), stats(7, 1, { 0.1: 7 }))).toEqual(stats(7, 1, { 0.1: 7 }));
  });

  test('count a time beyond the last bound as that bound', () => {
    expect(figures(stats(6, 0, { 0.1: 3, 900: 1, inf: 2, 5: 0 })).at(-1)!.value).toEqual(new Map([[0.1, 3], [900, 3]]));
  });

  test('have no response time where there was no request', () => {
    expect(figures(stats(0, 0, {})).map(({ name, value }) => [name, value])).toEqual([['Requests', 0], ['ServerErrors', 0]]);
  });

  test('tell nothing of what was counted before anybody looked, and of the unhealthy servers always', async () => {
    const looks: (Stats | undefined)[] = [stats(1000, 50, { 1: 1000 }), stats(1010, 50, { 1: 1010 }), undefined, stats(1030, 52, { 1: 1030 })];
    const measure = balancerMetrics(() => 2, async () => looks.shift() ?? Promise.reject(new Error('nginx is away')));
    const unhealthy = { name: 'UnhealthyServers', unit: 'Count', value: 2 };
    expect(await measure()).toEqual([unhealthy]);
    expect(await measure()).toMatchObject([{ value: 10 }, { value: 0 }, { name: 'ResponseTime' }, unhealthy]);
    expect(await measure()).toEqual([unhealthy]);
    expect(await measure()).toMatchObject([{ value: 20 }, { value: 2 }, { name: 'ResponseTime' }, unhealthy]);
  });
});
