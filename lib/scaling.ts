import { type AutoScalingGroup, CfnScalingPolicy, Schedule as When } from 'aws-cdk-lib/aws-autoscaling';
import { Construct } from 'constructs';
import { splitTier } from '../app-runtime/split-tier.js';

/** The smallest and largest number of servers from a time of day on. */
export interface Schedule {
  /** When, as cron has it, as in `0 7 * * MON-FRI`. */
  readonly cron: string;
  /** As in `Europe/Berlin`. @default 'Etc/UTC' */
  readonly timeZone?: string;
  readonly minServers: number;
  readonly maxServers: number;
}

export interface ScalingProps {
  readonly deployment: string;
  readonly group: AutoScalingGroup;
  /** Busy worker threads, in percent. */
  readonly busyThreads: number;
  /** Busy processors, in percent. */
  readonly cpu: number;
  readonly schedules: readonly Schedule[];
}

/** Seconds until a new machine's figures count. It takes requests from its first second. */
const WARMUP = 30;

/**
 * The number of app servers, found by target tracking: each policy asks for as many as it wants, and the largest number holds. What tells
 * most is the gateway's own signal, the share of worker threads that are busy: an application that waits for a database is
 * at its end long before the processor is.
 */
export class Scaling extends Construct {
  constructor(scope: Construct, id: string, props: ScalingProps) {
    super(scope, id);
    const { deployment, group, busyThreads, cpu, schedules } = props;

    new CfnScalingPolicy(this, 'BusyThreads', {
      autoScalingGroupName: group.autoScalingGroupName,
      policyType: 'TargetTrackingScaling',
      estimatedInstanceWarmup: WARMUP,
      targetTrackingConfiguration: {
        targetValue: busyThreads,
        customizedMetricSpecification: {
          namespace: splitTier.namespace, metricName: 'BusyThreads', statistic: 'Average', unit: 'Percent',
          dimensions: [{ name: 'Deployment', value: deployment }],
          // As often as servers publish it.
          period: 10,
        },
      },
    });
    // Where no server says how busy it is.
    scaleByCpu(this, group, cpu);
    for (const [index, { cron, timeZone = 'Etc/UTC', minServers, maxServers }] of schedules.entries()) {
      group.scaleOnSchedule(`Schedule${index}`, { schedule: When.expression(cron), timeZone, minCapacity: minServers, maxCapacity: maxServers });
    }
  }
}

/** Target tracking of the processors' load, in percent. */
export function scaleByCpu(scope: Construct, group: AutoScalingGroup, percent: number): void {
  new CfnScalingPolicy(scope, 'Cpu', {
    autoScalingGroupName: group.autoScalingGroupName,
    policyType: 'TargetTrackingScaling',
    estimatedInstanceWarmup: WARMUP,
    targetTrackingConfiguration: { targetValue: percent, predefinedMetricSpecification: { predefinedMetricType: 'ASGAverageCPUUtilization' } },
  });
}
