import { expect, test } from 'vitest';
import { pause } from '../../../../app-runtime/agent/aws/retry.js';
import { Lifecycle } from '../../../../app-runtime/agent/fleet/lifecycle.js';
import { Targets } from '../../../../app-runtime/agent/fleet/targets.js';

const GROUP = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop/0a1b2c';

/** A load balancer with these targets, as its API tells of them. */
function cloud(states: Record<string, string>) {
  const asked: string[] = [];
  const answers: Record<string, (parameters: Readonly<Record<string, string>>) => string> = {
    DescribeAutoScalingInstances: () => '<member><AutoScalingGroupName>shop</AutoScalingGroupName></member>',
    DescribeAutoScalingGroups: () => `<TargetGroupARNs>\n<member>${GROUP}</member>\n</TargetGroupARNs>`,
    DescribeTargetHealth: () => Object.entries(states).map(([id, state]) =>
      `<member><HealthCheckPort>81</HealthCheckPort><TargetHealth><State>${state}</State></TargetHealth><Target><Port>80</Port><Id>${id}</Id></Target></member>`).join('\n'),
    DeregisterTargets: (parameters) => { states[parameters['Targets.member.1.Id']!] = 'draining'; return ''; },
    SetInstanceHealth: () => '',
  };
  const query = async (_service: string, action: string, _version: string, parameters: Readonly<Record<string, string>>) => {
    asked.push([action, parameters.InstanceId ?? parameters.TargetGroupArn ?? ''].join(' ').trim());
    return answers[action]!(parameters);
  };
  return { asked, targets: new Targets({ query }, new Lifecycle({ query }, 'i-1')), states };
}

test('the load balancer\'s word on each server is read, whatever the order of its fields', async () => {
  const { targets } = cloud({ 'i-1': 'healthy', 'i-2': 'unhealthy', 'i-3': 'initial' });
  expect(await targets.states()).toEqual(new Map([['i-1', 'healthy'], ['i-2', 'unhealthy'], ['i-3', 'initial']]));
});

test('a server that leaves is taken out and waits until it gets nothing more', async () => {
  const { targets, asked, states } = cloud({ 'i-1': 'healthy' });
  await targets.leave();
  expect(states['i-1']).toBe('draining');
  expect(asked.slice(-2)).toEqual([`DeregisterTargets ${GROUP}`, `DescribeTargetHealth ${GROUP}`]);
});

test('a server leaves though the API refuses', async () => {
  const query = async () => { throw new Error('Throttling'); };
  await new Targets({ query }, new Lifecycle({ query }, 'i-1')).leave();
});

test('a server that begins or leaves is neither well nor ill', async () => {
  const { targets, asked } = cloud({ 'i-1': 'initial', 'i-2': 'unused', 'i-3': 'draining' });
  void targets.watch(5);
  await pause(60);
  expect(asked.filter((each) => each.startsWith('SetInstanceHealth'))).toEqual([]);
});
