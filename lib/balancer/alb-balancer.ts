import { Duration, Stack } from 'aws-cdk-lib';
import { type AutoScalingGroup, CfnScalingPolicy } from 'aws-cdk-lib/aws-autoscaling';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type ISubnet, type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { ApplicationListener, ApplicationLoadBalancer, ApplicationProtocol, ApplicationTargetGroup, DesyncMitigationMode, ListenerAction, ListenerCertificate, Protocol, SslPolicy, TargetGroupLoadBalancingAlgorithmType, TargetType } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Timeouts } from '../../app-runtime/release-settings.js';
import { splitTier } from '../../app-runtime/split-tier.js';
import { Alarms, type Signals } from '../alarms.js';
import type { Front, FrontProps } from '../balancer.js';
import { refuse, refuseWhole } from '../refuse.js';
import { keeping, leaving } from '../rights.js';
import { fleetTimeouts } from '../timeouts.js';
import { AccessLogs, albWriter } from './access-logs.js';

export interface AlbBalancerOptions {
  /** Seconds for which a visitor stays with one server, by a cookie of the load balancer's. @default 0 - any server answers any request */
  readonly stickiness?: number;
  /** Requests a minute and server that scaling aims at, beside the share of busy threads. @default 0 - busy threads alone */
  readonly requestsPerServer?: number;
}

/** AWS counts for an Application Load Balancer by the minute. Source: its user guide, CloudWatch metrics. */
const PERIOD = Duration.minutes(1);

/** An Application Load Balancer, which hands requests to the proxies on the app servers. */
export class AlbBalancer extends Construct implements Front {
  readonly address: string;
  readonly alarms: Alarms;
  readonly targetGroupArns: readonly string[];
  readonly before: readonly ApplicationListener[];
  readonly serverRights: readonly PolicyStatement[];
  /** A minute that is over, and one until AWS tells of it. */
  readonly alarmSeconds = 120;
  private readonly securityGroup: SecurityGroup;
  private readonly loadBalancer: ApplicationLoadBalancer;
  private readonly targets: ApplicationTargetGroup;
  private readonly requestsPerServer: number;

  constructor(scope: Construct, id: string, props: FrontProps & AlbBalancerOptions) {
    super(scope, id);
    const { fleet: { deployment, vpc, timeouts }, servers, publicSubnets, readinessPath, certificate, deletionProtection, mostErrors, slowestAnswer, alarmTopic, stickiness = 0, requestsPerServer = 0 } = props;
    const { http, https } = splitTier.proxyPort;

    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', { vpc, description: 'What visitors may reach', allowAllOutbound: false });
    for (const port of certificate === '' ? [http] : [http, https]) this.securityGroup.addIngressRule(Peer.anyIpv4(), Port.tcp(port), 'Visitors');
    this.loadBalancer = loadBalancer(this, vpc, publicSubnets, this.securityGroup, timeouts, deletionProtection);
    new AccessLogs(this, 'AccessLogs', { loadBalancer: this.loadBalancer, writer: albWriter });
    this.targets = targetGroup(this, vpc, readinessPath, timeouts, stickiness);
    this.before = listeners(this, this.loadBalancer, this.targets, certificate);
    this.address = this.loadBalancer.loadBalancerDnsName;
    this.targetGroupArns = [this.targets.targetGroupArn];
    const stack = Stack.of(this);
    this.serverRights = [...leaving(stack, servers, this.targets.targetGroupArn), ...keeping(stack, deployment)];
    this.requestsPerServer = requestsPerServer;
    this.alarms = new Alarms(this, 'Alarms', { signals: signals(this.loadBalancer, this.targets), mostErrors, slowestAnswer, alarmTopic });
  }

  admit(servers: SecurityGroup): void {
    for (const [port, what] of [[splitTier.proxyPort.http, 'Requests'], [splitTier.checkPort, 'Health checks']] as const) {
      servers.addIngressRule(this.securityGroup, Port.tcp(port), what);
      this.securityGroup.addEgressRule(servers, Port.tcp(port), what);
    }
  }

  scale(servers: AutoScalingGroup): void {
    if (this.requestsPerServer === 0) return;
    const policy = new CfnScalingPolicy(this, 'RequestsPerServer', {
      autoScalingGroupName: servers.autoScalingGroupName,
      policyType: 'TargetTrackingScaling',
      targetTrackingConfiguration: {
        targetValue: this.requestsPerServer,
        predefinedMetricSpecification: {
          predefinedMetricType: 'ALBRequestCountPerTarget',
          resourceLabel: `${this.loadBalancer.loadBalancerFullName}/${this.targets.targetGroupFullName}`,
        },
      },
    });
    policy.node.addDependency(...this.before);
  }
}

/** Refuses what an Application Load Balancer cannot be told. Source: its user guide, subnets and sticky sessions. */
export function refuseAlb(where: string, { stickiness = 0, requestsPerServer = 0 }: AlbBalancerOptions, zones: number): void {
  if (zones < 2) refuse(where, 'zones must be at least 2 for an Application Load Balancer', zones, 'set zones to 2, or choose Balancer.nginx()');
  refuseWhole(where, { 'Balancer.alb stickiness': stickiness }, 0, 604_800);
  refuseWhole(where, { 'Balancer.alb requestsPerServer': requestsPerServer }, 0, 10_000_000);
}

function loadBalancer(scope: Construct, vpc: IVpc, subnets: ISubnet[], securityGroup: SecurityGroup, { balancerIdle }: Timeouts, deletionProtection: boolean): ApplicationLoadBalancer {
  return new ApplicationLoadBalancer(scope, 'LoadBalancer', {
    vpc, vpcSubnets: { subnets }, internetFacing: true, securityGroup, deletionProtection,
    idleTimeout: Duration.seconds(balancerIdle),
    dropInvalidHeaderFields: true,
    desyncMitigationMode: DesyncMitigationMode.STRICTEST,
    // The application is told the host that the visitor asked for, as by any other proxy.
    preserveHostHeader: true,
  });
}

function targetGroup(scope: Construct, vpc: IVpc, path: string, timeouts: Timeouts, stickiness: number): ApplicationTargetGroup {
  return new ApplicationTargetGroup(scope, 'Targets', {
    vpc, port: splitTier.proxyPort.http, protocol: ApplicationProtocol.HTTP, targetType: TargetType.INSTANCE,
    deregistrationDelay: Duration.seconds(fleetTimeouts(timeouts).deregistration),
    // Least outstanding requests would send most to a server that fails fast; this one sends it less. Source: the user guide, anomaly mitigation.
    loadBalancingAlgorithmType: TargetGroupLoadBalancingAlgorithmType.WEIGHTED_RANDOM, enableAnomalyMitigation: true,
    ...(stickiness > 0 && { stickinessCookieDuration: Duration.seconds(stickiness) }),
    // The shortest that AWS takes: a server that died is out within twelve seconds.
    healthCheck: { protocol: Protocol.HTTP, port: String(splitTier.checkPort), path, interval: Duration.seconds(5), timeout: Duration.seconds(2), healthyThresholdCount: 2, unhealthyThresholdCount: 2, healthyHttpCodes: '200-299' },
  });
}

function listeners(scope: Construct, loadBalancer: ApplicationLoadBalancer, targets: ApplicationTargetGroup, certificate: string): ApplicationListener[] {
  const { http, https } = splitTier.proxyPort;
  const listener = (id: string, props: { protocol: ApplicationProtocol; port: number; defaultAction: ListenerAction; certificates?: ListenerCertificate[]; sslPolicy?: SslPolicy }) =>
    new ApplicationListener(scope, id, { loadBalancer, open: false, ...props });
  const forward = ListenerAction.forward([targets]);
  if (certificate === '') return [listener('Http', { protocol: ApplicationProtocol.HTTP, port: http, defaultAction: forward })];
  return [
    listener('Http', { protocol: ApplicationProtocol.HTTP, port: http, defaultAction: ListenerAction.redirect({ protocol: 'HTTPS', port: String(https), permanent: true }) }),
    listener('Https', { protocol: ApplicationProtocol.HTTPS, port: https, defaultAction: forward, certificates: [ListenerCertificate.fromArn(certificate)], sslPolicy: SslPolicy.RECOMMENDED_TLS }),
  ];
}

/** What AWS tells of it: errors of the servers and its own, which it gives where no server answers. */
function signals(loadBalancer: ApplicationLoadBalancer, targets: ApplicationTargetGroup): Signals {
  const LoadBalancer = loadBalancer.loadBalancerFullName;
  const metric = (metricName: string, more = {}) => new Metric({ namespace: 'AWS/ApplicationELB', metricName, dimensionsMap: { LoadBalancer, ...more } });
  return {
    requests: metric('RequestCount'),
    errors: [metric('HTTPCode_Target_5XX_Count'), metric('HTTPCode_ELB_5XX_Count')],
    responseTime: metric('TargetResponseTime'),
    unhealthy: metric('UnHealthyHostCount', { TargetGroup: targets.targetGroupFullName }),
    period: PERIOD,
  };
}
