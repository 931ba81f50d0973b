/** Rights of an instance role, as lists of statements: exact actions on exact resources. */
import type { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { keptParameterOf } from '../app-runtime/kept-releases.js';
import { splitTier } from '../app-runtime/split-tier.js';
import { DEPLOYMENT_TAG } from './tags.js';

/** A machine alone claims its own address and its own volume. */
export function claims(stack: Stack, deployment: string, own: Readonly<Record<'allocationId' | 'volumeId', string>>): PolicyStatement[] {
  const ec2 = (resource: string, resourceName: string) => stack.formatArn({ service: 'ec2', resource, resourceName });
  const tagged = { StringEquals: { [`aws:ResourceTag/${DEPLOYMENT_TAG}`]: deployment } };
  return [
    allow(['ec2:AssociateAddress', 'ec2:AttachVolume'], [ec2('instance', '*')], tagged),
    // Its own address alone, whichever network interface EC2 then finds on the instance.
    allow(['ec2:AssociateAddress'], [ec2('elastic-ip', own.allocationId), ec2('network-interface', '*')]),
    allow(['ec2:AttachVolume'], [ec2('volume', own.volumeId)]),
  ];
}

/** A machine of a group says when it has joined and when it has left, and publishes how busy it is. */
export function membership(stack: Stack, group: string): PolicyStatement[] {
  return [
    allow(['autoscaling:CompleteLifecycleAction', 'autoscaling:RecordLifecycleActionHeartbeat'], [groupArn(stack, group)]),
    // AWS defines no resource for these.
    allow(['autoscaling:DescribeAutoScalingInstances', 'autoscaling:DescribeAutoScalingGroups'], ['*']),
    allow(['cloudwatch:PutMetricData'], ['*'], { StringEquals: { 'cloudwatch:namespace': splitTier.namespace } }),
  ];
}

/** The release command runs once for a fleet: whoever runs it says so in a parameter named after the release, and judges it beside what serves. */
export function commanding(stack: Stack, deployment: string): PolicyStatement[] {
  return [
    allow(['ssm:GetParameter', 'ssm:PutParameter'], [parameterArn(stack, `/paddock/${deployment}/commanded/*`)]),
    allow(['ssm:GetParameter'], [parameterArn(stack, keptParameterOf(deployment))]),
  ];
}

/** Whoever serves static files keeps those of the releases before this one; which they are, one machine tells the next. */
export function keeping(stack: Stack, deployment: string): PolicyStatement[] {
  return [allow(['ssm:GetParameter', 'ssm:PutParameter'], [parameterArn(stack, keptParameterOf(deployment))])];
}

/** A balancer learns where the app servers are, and has the sick replaced. */
export function following(stack: Stack, servers: string): PolicyStatement[] {
  return [
    ...replacing(stack, servers),
    // AWS defines no resource for it.
    allow(['ec2:DescribeInstances'], ['*']),
  ];
}

/** A server behind a managed balancer leaves it by itself, and has the sick among the others replaced, as the balancer finds them. */
export function leaving(stack: Stack, servers: string, targetGroupArn: string): PolicyStatement[] {
  return [
    ...replacing(stack, servers),
    allow(['elasticloadbalancing:DeregisterTargets'], [targetGroupArn]),
    // AWS defines no resource for it.
    allow(['elasticloadbalancing:DescribeTargetHealth'], ['*']),
  ];
}

function replacing(stack: Stack, servers: string): PolicyStatement[] {
  return [allow(['autoscaling:SetInstanceHealth'], [groupArn(stack, servers)])];
}

/** A statement that allows. */
export function allow(actions: string[], resources: string[], conditions: Readonly<Record<string, unknown>> = {}): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions, resources, conditions });
}

/** ARN of a parameter by its full name. */
export function parameterArn(stack: Stack, name: string): string {
  return stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) });
}

/** The group's own id in its ARN is known to nobody before it is made; its name is its own in account and region. */
function groupArn(stack: Stack, name: string): string {
  return stack.formatArn({ service: 'autoscaling', resource: `autoScalingGroup:*:autoScalingGroupName/${name}` });
}
