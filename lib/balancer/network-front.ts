import { Duration } from 'aws-cdk-lib';
import { type ISubnet, type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { ListenerCertificate, NetworkListener, NetworkLoadBalancer, NetworkTargetGroup, Protocol, SslPolicy, TargetType } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import type { Timeouts } from '../../app-runtime/release-settings.js';
import { splitTier } from '../../app-runtime/split-tier.js';
import { fleetTimeouts } from '../timeouts.js';
import { AccessLogs, nlbWriter } from './access-logs.js';

export interface NetworkFrontProps {
  readonly vpc: IVpc;
  readonly publicSubnets: ISubnet[];
  /** ARN; '' for none. */
  readonly certificate: string;
  readonly deletionProtection: boolean;
  readonly timeouts: Timeouts;
}

/**
 * A Network Load Balancer that hands connections to the balancers, and says by proxy protocol where each comes from. With a
 * certificate it ends TLS: what then reaches the balancers' port 443 is plain HTTP that came by HTTPS.
 */
export class NetworkFront extends Construct {
  readonly address: string;
  readonly targetGroupArns: readonly string[];
  readonly listeners: readonly NetworkListener[];
  private readonly securityGroup: SecurityGroup;
  private readonly ports: readonly number[];

  constructor(scope: Construct, id: string, props: NetworkFrontProps) {
    super(scope, id);
    const { vpc, publicSubnets, certificate, deletionProtection, timeouts } = props;
    const { http, https } = splitTier.proxyPort;
    const entrances = certificate === '' ? [http] : [http, https];
    this.ports = [...entrances, splitTier.checkPort];

    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', { vpc, description: 'What visitors may reach', allowAllOutbound: false });
    for (const port of entrances) this.securityGroup.addIngressRule(Peer.anyIpv4(), Port.tcp(port), 'Visitors');
    const loadBalancer = new NetworkLoadBalancer(this, 'LoadBalancer', {
      vpc, vpcSubnets: { subnets: publicSubnets }, internetFacing: true, crossZoneEnabled: true, securityGroups: [this.securityGroup], deletionProtection,
    });
    new AccessLogs(this, 'AccessLogs', { loadBalancer, writer: nlbWriter });
    const groups = entrances.map((port) => targetGroup(this, port, vpc, timeouts));
    this.listeners = entrances.map((port, index) => new NetworkListener(this, `Listener${port}`, {
      loadBalancer, port, defaultTargetGroups: [groups[index]!],
      ...(port === https ? tls(certificate) : { protocol: Protocol.TCP, tcpIdleTimeout: Duration.seconds(fleetTimeouts(timeouts).networkIdle) }),
    }));
    this.address = loadBalancer.loadBalancerDnsName;
    this.targetGroupArns = groups.map(({ targetGroupArn }) => targetGroupArn);
  }

  /** Opens the balancers to the load balancer, and to nobody else. */
  admit(balancers: SecurityGroup): void {
    for (const port of this.ports) {
      balancers.addIngressRule(this.securityGroup, Port.tcp(port), 'The load balancer');
      this.securityGroup.addEgressRule(balancers, Port.tcp(port), 'The balancers');
    }
  }
}

function targetGroup(scope: Construct, port: number, vpc: IVpc, timeouts: Timeouts): NetworkTargetGroup {
  const group = new NetworkTargetGroup(scope, `Targets${port}`, {
    vpc, port, protocol: Protocol.TCP, targetType: TargetType.INSTANCE,
    // The visitor's address comes in the protocol's own line, for any client and any zone.
    proxyProtocolV2: true, preserveClientIp: false,
    deregistrationDelay: Duration.seconds(fleetTimeouts(timeouts).deregistration),
    // The shortest that AWS takes: a dead balancer is out within twelve seconds.
    healthCheck: { protocol: Protocol.HTTP, port: String(splitTier.checkPort), path: '/', interval: Duration.seconds(5), timeout: Duration.seconds(2), healthyThresholdCount: 2, unhealthyThresholdCount: 2 },
  });
  // A balancer that leaves says so by its check, and would have its visitors' connections reset for it.
  group.setAttribute('target_health_state.unhealthy.connection_termination.enabled', 'false');
  return group;
}

function tls(certificate: string) {
  return { protocol: Protocol.TLS, certificates: [ListenerCertificate.fromArn(certificate)], sslPolicy: SslPolicy.RECOMMENDED_TLS };
}
