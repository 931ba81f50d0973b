import { type Duration, Stack } from 'aws-cdk-lib';
import { type AutoScalingGroup, PoolState, SpotAllocationStrategy } from 'aws-cdk-lib/aws-autoscaling';
import type { InstanceType, LaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { Gateway } from '../app-runtime/gateway/gateway.js';
import type { SecretName } from '../app-runtime/release-settings.js';
import { secretKeyOf } from '../app-runtime/split-tier.js';
import { refusedAlarm } from './alarms.js';
import type { Balancer, Front } from './balancer.js';
import type { FleetSize } from './fleet.js';
import { type Fleet, FleetMachine } from './fleet-machine.js';
import { hooks } from './hooks.js';
import { fingerprint } from './machine.js';
import { type Launch, MachineGroup } from './machine-group.js';
import type { Media } from './media.js';
import { networks } from './network.js';
import type { Proxy } from './proxy.js';
import { commanding, membership } from './rights.js';
import { Scaling, type ScalingProps } from './scaling.js';
import { fleetTimeouts } from './timeouts.js';
import type { Update } from './update.js';

export interface AppServersProps extends Pick<ScalingProps, 'busyThreads' | 'cpu' | 'schedules'> {
  readonly fleet: Fleet;
  readonly front: Front;
  readonly balancer: Balancer;
  readonly proxy: Proxy;
  readonly media: Media;
  readonly instanceType: InstanceType;
  readonly size: FleetSize;
  /** Instance types that spot servers may have besides. */
  readonly spotInstanceTypes: readonly InstanceType[];
  /** Names this kind of machine. */
  readonly kind: string;
  /** Secrets of the application's environment. */
  readonly secrets: readonly SecretName[];
  readonly acceptIncompatibleMigrations: boolean;
  /** ARN of the topic that is told of alarms; '' for none. */
  readonly alarmTopic: string;
  readonly update: Update;
  readonly bakeTime: Duration;
  /** How long a deploy waits for a server. */
  readonly timeout: Duration;
}

/** Logical id of the group, which user data names before the group exists. */
const GROUP = 'Group';

/** Name of the group, which others are told before the group exists. */
export const serversOf = (deployment: string): string => `${deployment}-app-servers`;

/** What makes an app server what it is, beside its release. */
export function serverKind(balancer: Balancer, gateway: Gateway, proxy: Proxy, instanceType: InstanceType, agent: string): string {
  const { packages, told } = balancer.server(gateway, proxy);
  return fingerprint(instanceType, packages, { role: 'app-server', ...told, agent });
}

/**
 * The servers that run the application. Each has its release in its launch template and serves it as long as it lives: a new release
 * is new servers, and one that is started meanwhile has whichever the group stands at.
 */
export class AppServers extends Construct {
  readonly group: AutoScalingGroup;

  constructor(scope: Construct, id: string, props: AppServersProps) {
    super(scope, id);
    const { fleet, front, balancer, proxy, media, instanceType, size, kind, secrets, acceptIncompatibleMigrations, alarmTopic, update, bakeTime, timeout } = props;
    const { deployment, vpc, subnets, release, timeouts } = fleet;
    const stack = Stack.of(this);
    const name = serversOf(deployment);
    const limits = { min: size.minServers, max: size.maxServers };

    const { object: { key, digest } } = release;
    const { packages, told } = balancer.server(fleet.gateway, proxy);
    const machine = new FleetMachine(this, 'Machine', {
      fleet, instanceType, kind, group: GROUP, packages, secrets: [...secrets, { secret: secretKeyOf(deployment) }],
      rights: [...membership(stack, name), ...commanding(stack, deployment), ...front.serverRights],
      told: {
        role: 'app-server', release: { key, digest }, ...told, site: front.address, network: networks.splitTier,
        ...(acceptIncompatibleMigrations && { acceptIncompatibleMigrations }),
      },
      lets: 'Requests and questions from the balancer',
    });
    front.admit(machine.securityGroup);
    const files = media.attach(stack, machine.role);
    const refused = refusedAlarm(this, deployment, ['RefusedRelease', digest], alarmTopic);
    const { group } = new MachineGroup(this, 'Servers', {
      deployment, role: 'app-server', vpc, subnets, launch: launch(machine.launchTemplate, props), logicalId: GROUP, name, size: limits, timeout,
      hooks: hooks(fleetTimeouts(timeouts).heartbeat), targetGroupArns: front.targetGroupArns,
      // EC2's own health checks alone: with the database away every server answers badly, and a new one would do no better.
      updatePolicy: update.policy({ size: limits, timeout, alarmSeconds: front.alarmSeconds, bakeTime, alarms: [refused, ...front.alarms.all] }),
    });
    this.group = group;
    // The release's parameter first: who serves static files must have the new ones before a page asks for them.
    group.node.addDependency(machine.role, release.parameter, ...fleet.reachable, ...front.before, ...files);
    new Scaling(this, 'Scaling', { deployment, group, ...props });
    front.scale(group);
    // Both the same: otherwise AWS keeps as many as the group may still grow by. Source: the PutWarmPool API.
    if (size.warmServers > 0) group.addWarmPool({ minSize: size.warmServers, maxGroupPreparedCapacity: size.warmServers, poolState: PoolState.STOPPED });
  }
}

/** The launch template itself, or with a share of spot servers made from it. */
function launch(launchTemplate: LaunchTemplate, { size: { spotShare, onDemandBase }, instanceType, spotInstanceTypes }: AppServersProps): Launch {
  if (spotShare === 0) return { launchTemplate };
  return {
    // AWS starts the successor as soon as it expects to take a server back.
    capacityRebalance: true,
    mixedInstancesPolicy: {
      launchTemplate,
      launchTemplateOverrides: [instanceType, ...spotInstanceTypes].map((type) => ({ instanceType: type })),
      instancesDistribution: { onDemandBaseCapacity: onDemandBase, onDemandPercentageAboveBaseCapacity: 100 - spotShare, spotAllocationStrategy: SpotAllocationStrategy.PRICE_CAPACITY_OPTIMIZED },
    },
  };
}
