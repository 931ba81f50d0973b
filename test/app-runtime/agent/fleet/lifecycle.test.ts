import { expect, test } from 'vitest';
import { AwsError } from '../../../../app-runtime/agent/aws/aws.js';
import { Lifecycle } from '../../../../app-runtime/agent/fleet/lifecycle.js';

const noAction = new AwsError(400, 'ValidationError', 'autoscaling: ValidationError: No active Lifecycle Action found with instance ID i-1');

/** A group's API: each call is answered by its action, a function's answer or error. */
function api(answers: Readonly<Record<string, () => string>>) {
  const asked: Record<string, string>[] = [];
  const query = async (_service: string, Action: string, _version: string, parameters: Readonly<Record<string, string>>) => {
    asked.push({ Action, ...parameters });
    return answers[Action]!();
  };
  return { asked, lifecycle: new Lifecycle({ query }, 'i-1') };
}

const described = (state: string) => () => `<member><AutoScalingGroupName>shop &amp; more</AutoScalingGroupName><LifecycleState>${state}</LifecycleState></member>`;

/** Throws its errors in turn and answers after them. */
function refusing(...errors: readonly Error[]): () => string {
  const left = [...errors];
  return () => {
    const error = left.shift();
    if (error) throw error;
    return '';
  };
}

test('a machine that serves lets its group go on, by the group and hook that it belongs to', async () => {
  const { asked, lifecycle } = api({ DescribeAutoScalingInstances: described('Pending:Wait'), CompleteLifecycleAction: () => '' });
  await lifecycle.join('CONTINUE');
  expect(asked.at(-1)).toEqual({ Action: 'CompleteLifecycleAction', AutoScalingGroupName: 'shop & more', LifecycleHookName: 'paddock-launching', InstanceId: 'i-1', LifecycleActionResult: 'CONTINUE' });
});

test('a machine that is faster than its group tells it again once it waits', async () => {
  const { asked, lifecycle } = api({ DescribeAutoScalingInstances: described('Pending'), CompleteLifecycleAction: refusing(noAction, noAction) });
  await lifecycle.join('CONTINUE', 5);
  expect(asked.filter(({ Action }) => Action === 'CompleteLifecycleAction')).toHaveLength(3);
});

test('a machine in service that boots again has nothing to complete', async () => {
  const { asked, lifecycle } = api({ DescribeAutoScalingInstances: described('InService'), CompleteLifecycleAction: refusing(noAction) });
  await lifecycle.join('CONTINUE', 5);
  expect(asked.filter(({ Action }) => Action === 'CompleteLifecycleAction')).toHaveLength(1);
});

test('an API that is away is waited for', async () => {
  const { asked, lifecycle } = api({ DescribeAutoScalingInstances: described('Pending:Wait'), CompleteLifecycleAction: refusing(new Error('no answer'), new Error('no answer')) });
  await lifecycle.join('CONTINUE', 5);
  expect(asked.filter(({ Action }) => Action === 'CompleteLifecycleAction')).toHaveLength(3);
});

test('a heartbeat for a hook that is over is not an error', async () => {
  const { lifecycle } = api({ DescribeAutoScalingInstances: described('Terminating:Wait'), RecordLifecycleActionHeartbeat: refusing(noAction) });
  await lifecycle.heartbeat('terminating');
});

test('a machine of no group says so', async () => {
  const { lifecycle } = api({ DescribeAutoScalingInstances: () => '<AutoScalingInstances/>' });
  await expect(lifecycle.groupOf()).rejects.toThrow('autoscaling: i-1 must be one of a group, got none; launch it by its group');
});
