import { type Duration, Tags } from 'aws-cdk-lib';
import { AutoScalingGroup, type CfnAutoScalingGroup, GroupMetrics, ScalingProcess, Signals, UpdatePolicy } from 'aws-cdk-lib/aws-autoscaling';
import type { ILaunchTemplate, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { DEPLOYMENT_TAG } from './machine-role.js';

export interface AppServersProps {
  readonly deployment: string;
  readonly vpc: IVpc;
  readonly subnets: ISubnet[];
  readonly launchTemplate: ILaunchTemplate;
  /** Logical id of the group: machines signal it, so they are told its name before it exists. */
  readonly logicalId: string;
  /** How long CloudFormation waits for a new machine to say that the site answers. */
  readonly timeout: Duration;
}

/**
 * A group of exactly one machine, replaced by itself when it dies. A deploy that changes what a machine is made of ends the old
 * machine first, because the new one claims its address and its volume.
 */
export class AppServers extends Construct {
  readonly group: AutoScalingGroup;

  constructor(scope: Construct, id: string, props: AppServersProps) {
    super(scope, id);
    const { deployment, vpc, subnets, launchTemplate, logicalId, timeout } = props;

    this.group = new AutoScalingGroup(this, 'Group', {
      vpc,
      vpcSubnets: { subnets },
      launchTemplate,
      minCapacity: 1,
      maxCapacity: 1,
      groupMetrics: [GroupMetrics.all()],
      signals: Signals.waitForCount(1, { timeout }),
      updatePolicy: UpdatePolicy.rollingUpdate({
        minInstancesInService: 0,
        maxBatchSize: 1,
        waitOnResourceSignals: true,
        pauseTime: timeout,
        // A group that heals itself while CloudFormation replaces its machine would start a second one beside it.
        suspendProcesses: [ScalingProcess.REPLACE_UNHEALTHY, ScalingProcess.AZ_REBALANCE, ScalingProcess.ALARM_NOTIFICATION, ScalingProcess.SCHEDULED_ACTIONS],
      }),
    });
    (this.group.node.defaultChild as CfnAutoScalingGroup).overrideLogicalId(logicalId);
    Tags.of(this.group).add('Name', deployment);
    Tags.of(this.group).add(DEPLOYMENT_TAG, deployment);
  }
}
