import type { CfnAutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import { splitTier } from '../app-runtime/split-tier.js';
import type { FleetTimeouts } from './timeouts.js';

/**
 * Hooks that hold a machine before it joins, until it says that it serves, and before it ends, until it says that it is empty. One that
 * says nothing in time is ended: never has it served, or it has had its time.
 */
export function hooks(heartbeat: FleetTimeouts['heartbeat']): CfnAutoScalingGroup.LifecycleHookSpecificationProperty[] {
  const { launching, terminating } = splitTier.hooks;
  return [
    { lifecycleHookName: launching, lifecycleTransition: 'autoscaling:EC2_INSTANCE_LAUNCHING', heartbeatTimeout: heartbeat.launching, defaultResult: 'ABANDON' },
    { lifecycleHookName: terminating, lifecycleTransition: 'autoscaling:EC2_INSTANCE_TERMINATING', heartbeatTimeout: heartbeat.terminating, defaultResult: 'CONTINUE' },
  ];
}
