import { Duration, Stack } from 'aws-cdk-lib';
import { AdditionalHealthCheckType, type AutoScalingGroup, HealthChecks } from 'aws-cdk-lib/aws-autoscaling';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { Port, type SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { splitTier } from '../../app-runtime/split-tier.js';
import { Alarms, refusedAlarm } from '../alarms.js';
import type { Front, FrontProps } from '../balancer.js';
import { FleetMachine } from '../fleet-machine.js';
import { hooks } from '../hooks.js';
import { instanceTypeFor } from '../instance-type.js';
import { fingerprint } from '../machine.js';
import { MachineGroup } from '../machine-group.js';
import { networks } from '../network.js';
import { installs } from '../packages.js';
import { refuse } from '../refuse.js';
import { following, keeping, membership } from '../rights.js';
import { scaleByCpu } from '../scaling.js';
import { fleetTimeouts } from '../timeouts.js';
import { NetworkFront } from './network-front.js';

export interface NginxBalancerOptions {
  /** EC2 instance type of the nginx machines. @default 't3.small' - 2 cores, 2 GiB */
  readonly instanceType?: string;
  /** Fewest nginx machines. @default 2 - one can fail */
  readonly min?: number;
  /** Most nginx machines. @default 4 */
  readonly max?: number;
  /** Busy processors at which there will be more of them, in percent. @default 50 */
  readonly cpu?: number;
}

/** Logical id of the group, which user data names before the group exists. */
const GROUP = 'Balancers';

/** Seconds for which a new balancer is not yet held for sick: the load balancer has to ask it twice. */
const GRACE = 30;

/** How often machines publish their metrics. */
const PERIOD = Duration.seconds(10);

/** A group of nginx machines behind a Network Load Balancer. They follow the app servers by themselves. */
export class NginxBalancer extends Construct implements Front {
  readonly address: string;
  readonly alarms: Alarms;
  readonly targetGroupArns = [];
  readonly before = [];
  readonly serverRights = [];
  /** Three looks at metrics of ten seconds, and the time until they are there. */
  readonly alarmSeconds = 45;
  private readonly machine: FleetMachine;

  constructor(scope: Construct, id: string, props: FrontProps & NginxBalancerOptions) {
    super(scope, id);
    const { fleet, publicSubnets, servers, certificate, deletionProtection, mostErrors, slowestAnswer, alarmTopic, update, bakeTime, timeout } = props;
    const { instanceType: size = 't3.small', min = 2, max = 4, cpu = 50 } = props;
    const { deployment, vpc, subnets, agent, timeouts } = fleet;
    const stack = Stack.of(this);
    const instanceType = instanceTypeFor(deployment, size, 'Balancer.nginx instanceType');
    const name = `${deployment}-balancers`;
    const kind = fingerprint(instanceType, installs.balancer, { role: 'balancer', agent: agent.digest });

    const front = new NetworkFront(this, 'NetworkLoadBalancer', { vpc, publicSubnets, certificate, deletionProtection, timeouts });
    this.address = front.address;
    this.alarms = new Alarms(this, 'Alarms', { signals: signals(deployment), mostErrors, slowestAnswer, alarmTopic });
    this.machine = new FleetMachine(this, 'Machine', {
      fleet, instanceType, kind, group: GROUP, packages: installs.balancer, secrets: [],
      rights: [...membership(stack, name), ...following(stack, servers), ...keeping(stack, deployment)],
      told: { role: 'balancer', site: front.address, network: networks.splitTier, servers, https: certificate !== '' },
      lets: 'HTTP from the load balancer',
    });
    front.admit(this.machine.securityGroup);
    const refused = refusedAlarm(this, deployment, ['RefusedBalancers', kind], alarmTopic);
    const { group } = new MachineGroup(this, 'Machines', {
      deployment, role: 'balancer', vpc, subnets, launch: { launchTemplate: this.machine.launchTemplate }, logicalId: GROUP, name,
      size: { min, max }, timeout, hooks: hooks(fleetTimeouts(timeouts).balancerHeartbeat), targetGroupArns: front.targetGroupArns,
      healthChecks: HealthChecks.withAdditionalChecks({ additionalTypes: [AdditionalHealthCheckType.ELB], gracePeriod: Duration.seconds(GRACE) }),
      updatePolicy: update.policy({ size: { min, max }, timeout, alarmSeconds: this.alarmSeconds, bakeTime, alarms: [refused, ...this.alarms.all] }),
    });
    group.node.addDependency(this.machine.role, fleet.release.parameter, ...fleet.reachable, ...front.listeners);
    scaleByCpu(this, group, cpu);
  }

  admit(servers: SecurityGroup): void {
    servers.addIngressRule(this.machine.securityGroup, Port.tcp(splitTier.gatewayPort), 'Requests');
    servers.addIngressRule(this.machine.securityGroup, Port.tcp(splitTier.healthPort), 'How the server is');
  }

  /** Of the servers' load it knows nothing that they do not tell themselves. */
  scale(_servers: AutoScalingGroup): void {}
}

/** Refuses a tier that could not lose a machine. */
export function refuseBalancers(where: string, { instanceType = 't3.small', min = 2, max = 4 }: NginxBalancerOptions, zones: number): void {
  instanceTypeFor(where, instanceType, 'Balancer.nginx instanceType');
  if (!Number.isInteger(min) || min < 1) refuse(where, 'Balancer.nginx min must be a whole number above 0', min, 'choose 2, so that one can fail');
  if (!Number.isInteger(max) || max < min) refuse(where, `Balancer.nginx max must be at least min (${min})`, max, 'raise max or lower min');
  if (zones < 2 && min > 1) refuse(where, `zones must be at least 2 for ${min} balancers, so that one zone can fail`, zones, 'set zones to 2, or choose Balancer.nginx({ min: 1 })');
}

/** What the nginx machines publish. */
function signals(deployment: string) {
  const metric = (metricName: string) => new Metric({ namespace: splitTier.namespace, metricName, dimensionsMap: { Deployment: deployment } });
  return { requests: metric('Requests'), errors: [metric('ServerErrors')], responseTime: metric('ResponseTime'), unhealthy: metric('UnhealthyServers'), period: PERIOD };
}
