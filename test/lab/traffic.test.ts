import { describe, expect, test } from 'vitest';
import type { Health } from '../../lab/health-check.js';
import type { LoadBalancer, TargetGroup } from '../../lab/load-balancers.js';
import { ResponseTimes, traffic } from '../../lab/traffic.js';

const balancer = { arn: 'arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/app/front/0123', name: 'front', type: 'application' } as LoadBalancer;
const shop = { arn: 'arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/shop/4567', name: 'shop' } as TargetGroup;
const health: Health[] = ['healthy', 'healthy', 'unhealthy'].map((state) => ({ state, against: 0 }) as Health);
const counts = (requests: number, own: number, targets: number, worker = '41') => [
  { pxname: 'port-80', svname: 'FRONTEND', stot: '9', hrsp_5xx: String(own + targets) },
  { pxname: 'shop', svname: 's0', stot: String(requests), hrsp_5xx: String(targets) },
  { pxname: 'shop', svname: 'BACKEND', stot: String(requests), hrsp_5xx: String(own + targets) },
].map((row) => ({ worker, ...row }));
const said = (before: ReturnType<typeof counts>, now: ReturnType<typeof counts>, lines: string[] = []) => {
  const times = new ResponseTimes();
  for (const line of lines) times.hear(line);
  return traffic(balancer, [shop], before, now, times.take('front'), () => health)
    .map(({ name, dimensions, values }) => `${name} ${Object.values(dimensions).join(' ')} ${values.map(([value, count]) => (count === 1 ? value : `${value}×${count}`)).join(',')}`);
};

describe('what a load balancer publishes', () => {
  test('the requests of a stretch of time, for each target that is well, and who failed them', () => {
    expect(said(counts(100, 1, 2), counts(140, 4, 7))).toEqual([
      'HealthyHostCount app/front/0123 targetgroup/shop/4567 2', 'UnHealthyHostCount app/front/0123 targetgroup/shop/4567 1',
      'RequestCount app/front/0123 targetgroup/shop/4567 40', 'RequestCountPerTarget app/front/0123 targetgroup/shop/4567 20', 'RequestCountPerTarget targetgroup/shop/4567 20',
      'HTTPCode_Target_5XX_Count app/front/0123 targetgroup/shop/4567 5', 'HTTPCode_Target_5XX_Count app/front/0123 5',
      'RequestCount app/front/0123 40', 'HTTPCode_ELB_5XX_Count app/front/0123 3',
    ]);
  });

  test('after a reload, which begins counting anew, what was counted since, be it less or more than before', () => {
    expect(said(counts(100, 0, 0), counts(7, 0, 0, '42'))).toContain('RequestCount app/front/0123 7');
    expect(said(counts(1, 1, 1), counts(3, 1, 1, '42'))).toEqual(expect.arrayContaining(['RequestCount app/front/0123 3', 'HTTPCode_ELB_5XX_Count app/front/0123 1', 'HTTPCode_Target_5XX_Count app/front/0123 1']));
  });

  test('how long targets took, each time as often as it came, and nothing of those that did not answer', () => {
    const lines = ['front shop 200 12', 'front shop 200 12', 'front shop 500 1234', 'front shop 502 -1', 'other shop 200 5'];
    expect(said(counts(0, 0, 0), counts(0, 0, 0), lines)).toContain('TargetResponseTime app/front/0123 targetgroup/shop/4567 0.012×2,1.2');
  });

  test('nothing of requests while there are none', () => {
    expect(said(counts(5, 1, 1), counts(5, 1, 1)).map((line) => line.split(' ')[0])).toEqual(['HealthyHostCount', 'UnHealthyHostCount']);
  });
});
