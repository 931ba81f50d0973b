import { Annotations, type Duration, Tags } from 'aws-cdk-lib';
import { AutoScalingGroup, type AutoScalingGroupProps, type CfnAutoScalingGroup, GroupMetrics, Signals, type UpdatePolicy } from 'aws-cdk-lib/aws-autoscaling';
import type { ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { MachineSettings } from '../app-runtime/settings.js';
import { DEPLOYMENT_TAG, ROLE_TAG } from './tags.js';

/** What machines are made from: a launch template, or one with a share of spot machines. */
export type Launch = Pick<AutoScalingGroupProps, 'launchTemplate' | 'mixedInstancesPolicy' | 'capacityRebalance'>;

export interface MachineGroupProps {
  readonly deployment: string;
  readonly role: MachineSettings['role'];
  readonly vpc: IVpc;
  readonly subnets: ISubnet[];
  readonly launch: Launch;
  /** Logical id of the group: machines signal it, so they are told its name before it exists. */
  readonly logicalId: string;
  /** Name of the group and its machines, where others must know it before the group exists. @default - CloudFormation's choice; the deployment's for the machines */
  readonly name?: string;
  readonly size: { readonly min: number; readonly max: number };
  /** How a deploy that changes what a machine is made of replaces the machines. */
  readonly updatePolicy: UpdatePolicy;
  /** How long CloudFormation waits for new machines to say that they serve. */
  readonly timeout: Duration;
  /** Hooks that hold a machine before it joins and before it ends. @default - none */
  readonly hooks?: readonly CfnAutoScalingGroup.LifecycleHookSpecificationProperty[];
  /** Target groups that the machines are registered with. @default - none */
  readonly targetGroupArns?: readonly string[];
  /** Which machines the group itself holds for sick. @default - those that EC2 holds for sick */
  readonly healthChecks?: NonNullable<AutoScalingGroupProps['healthChecks']>;
}

/**
 * A group of machines of one kind, each replaced by itself when it dies. It has no desired capacity: a deploy never resets the size that
 * scaling has found.
 */
export class MachineGroup extends Construct {
  readonly group: AutoScalingGroup;

  constructor(scope: Construct, id: string, props: MachineGroupProps) {
    super(scope, id);
    const { deployment, role, vpc, subnets, launch, logicalId, name = deployment, size, updatePolicy, timeout, hooks = [], targetGroupArns = [], healthChecks } = props;

    this.group = new AutoScalingGroup(this, 'Group', {
      vpc,
      vpcSubnets: { subnets },
      ...launch,
      ...(name !== deployment && { autoScalingGroupName: name }),
      ...(healthChecks && { healthChecks }),
      minCapacity: size.min,
      maxCapacity: size.max,
      groupMetrics: [GroupMetrics.all()],
      signals: Signals.waitForMinCapacity({ timeout }),
      updatePolicy,
    });
    // They end a first deploy. In an instance refresh the launching hook holds a machine until it serves.
    Annotations.of(this.group).acknowledgeWarning('@aws-cdk/aws-autoscaling:signalsNotUsedByInstanceRefresh', 'hooks tell that a machine serves');
    const resource = this.group.node.defaultChild as CfnAutoScalingGroup;
    resource.overrideLogicalId(logicalId);
    // In the group itself, so that its first machines have the hooks too.
    if (hooks.length > 0) resource.lifecycleHookSpecificationList = [...hooks];
    if (targetGroupArns.length > 0) resource.targetGroupArns = [...targetGroupArns];
    Tags.of(this.group).add('Name', name);
    Tags.of(this.group).add(DEPLOYMENT_TAG, deployment);
    Tags.of(this.group).add(ROLE_TAG, role);
  }
}
