import { type Api, listAt, textAt } from './api.js';
import type { Instance } from './cloud.js';

/** Tells the stack that waits for an instance's Auto Scaling group that the instance failed, as its machine would if it could boot. */
export async function signalFailure(api: Api, instance: Instance, step: string): Promise<void> {
  const group = instance.tags['aws:autoscaling:groupName'];
  const stacks = listAt(await api.query('cloudformation', 'DescribeStacks'), 'DescribeStacksResult', 'Stacks');
  for (const stack of stacks.filter((candidate) => textAt(candidate, 'StackStatus').endsWith('_IN_PROGRESS'))) {
    const StackName = textAt(stack, 'StackName');
    const resources = listAt(await api.query('cloudformation', 'DescribeStackResources', { StackName }), 'DescribeStackResourcesResult', 'StackResources');
    const waiting = resources.find((resource) => textAt(resource, 'PhysicalResourceId') === group);
    if (!waiting) continue;
    const LogicalResourceId = textAt(waiting, 'LogicalResourceId');
    await api.query('cloudformation', 'SignalResource', { StackName, LogicalResourceId, UniqueId: `${instance.id}:${step}`, Status: 'FAILURE' });
  }
}
