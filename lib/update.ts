import { Duration } from 'aws-cdk-lib';
import { InstanceRefreshStrategy, ScalingProcess, UpdatePolicy } from 'aws-cdk-lib/aws-autoscaling';
import type { IAlarmRef } from 'aws-cdk-lib/aws-cloudwatch';
import type { Choice } from './choice.js';

/** What an update of a group follows from. */
export interface UpdateProps {
  readonly size: { readonly min: number; readonly max: number };
  /** How long a new machine may take to say that it serves. */
  readonly timeout: Duration;
  /** How long the first new machine is watched before the others follow, and all of them before the update ends well. */
  readonly bakeTime: Duration;
  /** Seconds that the alarms need to tell anything at all. */
  readonly alarmSeconds: number;
  /** What stops the update and takes it back. At most ten. */
  readonly alarms: readonly IAlarmRef[];
}

/** How a deploy replaces the machines of a group. A value: `Update.instanceRefresh()`. */
export interface Update extends Choice {
  /** Whether it makes servers that are kept stopped anew, too. */
  readonly renewsWarm: boolean;
  readonly policy: (props: UpdateProps) => UpdatePolicy;
}

/**
 * Processes of a group that would fight a rolling update of CloudFormation's, which counts on the machines that it has seen.
 * Source: the CloudFormation user guide, recommendations for AutoScalingRollingUpdate.
 */
const FIGHTING = [ScalingProcess.REPLACE_UNHEALTHY, ScalingProcess.AZ_REBALANCE, ScalingProcess.ALARM_NOTIFICATION, ScalingProcess.SCHEDULED_ACTIONS];

/** Seconds for which a new server counts as warming up: it joins proved, and needs none to speak of. */
const WARMUP = Duration.seconds(15);

export const Update = {
  /**
   * Auto Scaling's instance refresh: new servers join before old ones leave, one first, and then the rest as fast as they boot. Scaling
   * goes on meanwhile. An alarm, or a server that refuses the release, takes the whole group back.
   */
  instanceRefresh: (): Update => ({
    chosen: 'instanceRefresh', choices: words(), renewsWarm: true,
    policy: ({ bakeTime, alarmSeconds, alarms }) => UpdatePolicy.instanceRefresh({
      strategy: InstanceRefreshStrategy.ROLLING,
      minHealthyPercentage: 100,
      maxHealthyPercentage: 200,
      instanceWarmup: WARMUP,
      skipMatching: true,
      // One percent of any group is one server.
      checkpointPercentages: [1, 100],
      checkpointDelay: watch(bakeTime, alarmSeconds),
      bakeTime: watch(bakeTime, alarmSeconds),
      alarms: [...alarms],
    }),
  }),

  /**
   * CloudFormation's own rolling update, for an account that may not use instance refresh: a server at a time, and no alarm is looked at.
   * Nothing scales and nothing sick is replaced while it lasts.
   */
  rollingUpdate: (): Update => ({
    chosen: 'rollingUpdate', choices: words(), renewsWarm: false,
    policy: ({ size, timeout }) => UpdatePolicy.rollingUpdate({
      // CloudFormation wants to be able to go below the largest size while it replaces one.
      minInstancesInService: Math.min(size.min, size.max - 1),
      maxBatchSize: 1,
      minSuccessPercentage: 100,
      waitOnResourceSignals: true,
      pauseTime: timeout,
      suspendProcesses: FIGHTING,
    }),
  }),
};

/** Ends the one machine there is before its successor starts, because that one claims its address and its volume. */
export function replaceAlone(timeout: Duration): UpdatePolicy {
  return UpdatePolicy.rollingUpdate({ minInstancesInService: 0, maxBatchSize: 1, waitOnResourceSignals: true, pauseTime: timeout, suspendProcesses: FIGHTING });
}

/** As long as the alarms need, unless nothing is to be watched. */
function watch(bakeTime: Duration, alarmSeconds: number): Duration {
  const seconds = bakeTime.toSeconds();
  return seconds === 0 || seconds >= alarmSeconds ? bakeTime : Duration.seconds(alarmSeconds);
}

function words(): Choice['choices'] {
  return { instanceRefresh: Update.instanceRefresh, rollingUpdate: Update.rollingUpdate };
}
