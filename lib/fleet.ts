import type { InstanceType } from 'aws-cdk-lib/aws-ec2';
import type { ReleaseSettings } from '../app-runtime/release-settings.js';
import { Balancer } from './balancer.js';
import { refuseChoice } from './choice.js';
import { Egress } from './egress.js';
import { instanceTypeFor } from './instance-type.js';
import { refuse, refuseText, refuseWhole } from './refuse.js';
import type { Schedule } from './scaling.js';
import { refuseFleetTimeouts } from './timeouts.js';
import { Update } from './update.js';

/** What a person decides about a deployment of many servers behind a balancer, beside what any topology has. */
export interface FleetProps {
  /** What stands in front of the app servers: `Balancer.nginx()` or `Balancer.alb()`. */
  readonly balancer: Balancer;
  /** Fewest app servers. @default 2 */
  readonly minServers?: number;
  /** Most app servers. @default 6 */
  readonly maxServers?: number;
  /** Over how many availability zones the servers stand, from 1 to 6. @default 2 */
  readonly zones?: number;
  /** ARN of the ACM certificate of the domains. With it visitors by HTTP are sent to HTTPS. @default '' - HTTP alone */
  readonly certificate?: string;
  /** How servers reach Debian's mirror and AWS. @default Egress.natGateway() */
  readonly egress?: Egress;
  /** How a deploy replaces servers. @default Update.instanceRefresh() */
  readonly update?: Update;
  /** Share of busy worker threads that scaling aims at, in percent from 1 to 100; a listen queue counts as more than 100. @default 60 */
  readonly busyThreads?: number;
  /** Share of the processors that scaling aims at where no server says how busy it is, in percent from 1 to 100. @default 80 */
  readonly cpu?: number;
  /** Changes of the smallest and largest number of servers by the clock. @default - none */
  readonly schedules?: readonly Schedule[];
  /** Share of spot servers among those above `onDemandBase`, in percent from 0 to 100. Each is told two minutes before AWS takes it back, and leaves in order. @default 0 */
  readonly spotShare?: number;
  /** How many servers are never spot ones. @default - as many as minServers */
  readonly onDemandBase?: number;
  /** Instance types that spot servers may have besides: the more there are, the fewer are taken back at once. @default - instanceType alone */
  readonly spotInstanceTypes?: readonly string[];
  /** Stopped servers that are kept ready, so that growing takes a start instead of a boot from the image. Each costs its disk alone; not beside spot servers or a rolling update. @default 0 */
  readonly warmServers?: number;
  /** Answers 5xx, in percent of all answers, at which a release is taken back. @default 5 */
  readonly mostErrors?: number;
  /** Seconds of the slowest of a hundred answers, of the slowest of ten where a few tens come in a period, at which a release is taken back. @default - half of the requestBudget */
  readonly slowestAnswer?: number;
  /** ARN of the SNS topic that is told when an alarm rings. @default '' - nobody is told */
  readonly alarmTopic?: string;
  /** Whether AWS refuses to delete the load balancer until this is false; also where a very first deploy fails and is taken back. @default true */
  readonly deletionProtection?: boolean;
}

/** How many servers of which kind, with every default filled in. */
export type FleetSize = Required<Pick<FleetProps, 'minServers' | 'maxServers' | 'zones' | 'spotShare' | 'onDemandBase' | 'warmServers' | 'certificate'>>;

/** What a person decided about a fleet, with every default filled in, and nothing in it that AWS would refuse. */
export interface FleetSettings extends Required<Pick<FleetProps, 'balancer' | 'egress' | 'update' | 'mostErrors' | 'slowestAnswer' | 'alarmTopic' | 'deletionProtection'>> {
  readonly size: FleetSize;
  readonly scaling: Required<Pick<FleetProps, 'busyThreads' | 'cpu' | 'schedules'>>;
  readonly spotInstanceTypes: readonly InstanceType[];
}

const CERTIFICATE = [/^(arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[A-Za-z0-9-]+)?$/, 'the ARN of a certificate in ACM'] as const;

const TOPIC = [/^(arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+)?$/, 'the ARN of a topic in SNS'] as const;

/**
 * Reads a fleet's props with their defaults.
 * @throws Refusal in one line naming the deployment, the prop and the way out
 */
export function fleetFrom(where: string, props: FleetProps, { domains, timeouts }: ReleaseSettings): FleetSettings {
  const { balancer, egress = Egress.natGateway(), update = Update.instanceRefresh(), busyThreads = 60, cpu = 80, schedules = [], spotInstanceTypes = [] } = props;
  const { mostErrors = 5, slowestAnswer = timeouts.requestBudget / 2, alarmTopic = '', deletionProtection = true } = props;
  const size = sizeFrom(where, props);
  // A server that is started from the pool would serve the release that it was stopped with.
  if (!update.renewsWarm && size.warmServers > 0) refuse(where, `warmServers must be 0 with Update.${update.chosen}(), which leaves stopped servers as they are`, size.warmServers, 'set warmServers to 0, or update to paddock.Update.instanceRefresh()');
  refuseText(where, 'certificate', size.certificate, CERTIFICATE);
  if (size.certificate !== '' && domains.length === 0) refuse(where, 'domains must name the host that the certificate is for', [], 'add it to domains, or remove the certificate');
  refuseChoice(where, 'balancer', balancer, Balancer.nginx(), 'Balancer.nginx()');
  balancer.refuse(where, size);
  refuseFleetTimeouts(where, timeouts, { spot: size.spotShare > 0, tls: balancer.chosen === 'nginx' && size.certificate !== '' });
  refuseWhole(where, { busyThreads }, 1, 100);
  refuseWhole(where, { cpu }, 1, 100);
  refuseWhole(where, { mostErrors }, 1, 100);
  refuseText(where, 'alarmTopic', alarmTopic, TOPIC);
  schedules.forEach((schedule) => refuseRange(where, schedule));
  return {
    balancer, egress, update, mostErrors, slowestAnswer, alarmTopic, deletionProtection, size, scaling: { busyThreads, cpu, schedules },
    spotInstanceTypes: spotInstanceTypes.map((type) => instanceTypeFor(where, type, 'spotInstanceTypes')),
  };
}

function sizeFrom(where: string, props: FleetProps): FleetSize {
  const { minServers = 2, maxServers = Math.max(6, minServers), zones = 2, spotShare = 0, onDemandBase = minServers, warmServers = 0, certificate = '' } = props;
  refuseRange(where, { minServers, maxServers });
  refuseWhole(where, { zones }, 1, 6);
  if (zones === 1 && minServers > 1) refuse(where, `zones must be at least 2 for ${minServers} servers, so that one zone can fail`, zones, 'set zones to 2, or minServers to 1');
  refuseSpot(where, { spotShare, onDemandBase, warmServers });
  return { minServers, maxServers, zones, spotShare, onDemandBase, warmServers, certificate };
}

function refuseRange(where: string, { minServers, maxServers }: Readonly<Record<'minServers' | 'maxServers', number>>): void {
  refuseWhole(where, { minServers }, 1, 1000);
  refuseWhole(where, { maxServers }, 1, 1000);
  if (minServers > maxServers) refuse(where, `maxServers must be at least minServers (${minServers})`, maxServers, 'raise maxServers or lower minServers');
}

function refuseSpot(where: string, { spotShare, onDemandBase, warmServers }: Pick<FleetSize, 'spotShare' | 'onDemandBase' | 'warmServers'>): void {
  refuseWhole(where, { spotShare }, 0, 100);
  refuseWhole(where, { onDemandBase }, 0, 1000);
  refuseWhole(where, { warmServers }, 0, 1000);
  // A spot server cannot be stopped and kept. Source: the EC2 Auto Scaling user guide, limitations of warm pools.
  if (spotShare > 0 && warmServers > 0) refuse(where, 'warmServers must be 0 beside spot servers', warmServers, 'set warmServers or spotShare to 0');
}
