import { RemovalPolicy } from 'aws-cdk-lib';
import { FlowLogDestination, IpAddresses, IpProtocol, type ISubnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IDependable } from 'constructs';
import { type Egress, type Endpoints, publicOnly } from './egress.js';

/** Addresses of each topology's network. Those of databases begin at 10.16.0.0: networks that are to reach one another must not have the same. */
export const networks = { singleNode: '10.0.0.0/16', splitTier: '10.1.0.0/16' } as const;

export interface NetworkProps {
  /** Its addresses. */
  readonly range: string;
  /** Over how many availability zones. @default 2 */
  readonly zones?: number;
  /** How machines without a public address reach what is outside. @default - there are none: every subnet is public */
  readonly egress?: Pick<Egress, 'subnets' | 'way'>;
  /** Services that its machines call besides those that every machine calls, for an egress of endpoints. @default - none */
  readonly endpoints?: Endpoints;
}

/** A VPC over several zones with flow logs and a default security group that lets nothing through. */
export class Network extends Construct {
  readonly vpc: Vpc;
  /** One a zone, where machines have no public address. */
  readonly privateSubnets: ISubnet[];
  /** Whether its machines have addresses of IPv6 too. */
  readonly dualStack: boolean;
  /** What must be there before a machine in a private subnet can reach anything. */
  readonly reachable: readonly IDependable[];

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const { range, zones = 2, egress = publicOnly, endpoints = {} } = props;
    const way = egress.way();

    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(range),
      maxAzs: zones,
      ...way.network,
      subnetConfiguration: [...egress.subnets],
      restrictDefaultSecurityGroup: true,
    });
    this.privateSubnets = [...this.vpc.privateSubnets, ...this.vpc.isolatedSubnets];
    this.dualStack = way.network.ipProtocol === IpProtocol.DUAL_STACK;
    this.reachable = [...way.open(this.vpc, endpoints), ...this.privateSubnets.map(({ internetConnectivityEstablished }) => internetConnectivityEstablished)];
    const records = new LogGroup(this, 'FlowLogs', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    this.vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(records) });
  }
}
