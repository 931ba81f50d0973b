import { GatewayVpcEndpointAwsService, InstanceType, InterfaceVpcEndpointAwsService, IpProtocol, NatProvider, NatTrafficDirection, Peer, Port, type SubnetConfiguration, SubnetType, type Vpc, type VpcProps } from 'aws-cdk-lib/aws-ec2';
import type { IDependable } from 'constructs';
import type { Choice } from './choice.js';
import { natImage } from './image.js';

/** How machines in private subnets reach what is outside: AWS, and whatever the application calls. Nothing else is needed to boot or to take a release. A value: `Egress.natGateway()`. */
export interface Egress extends Choice {
  /** The private subnets, which have this way out, and the public ones beside them. */
  readonly subnets: readonly SubnetConfiguration[];
  /** Made anew for each network. */
  readonly way: () => Way;
}

/** A way out of one network. */
export interface Way {
  /** What the network must be made with. */
  readonly network: Pick<VpcProps, 'natGateways' | 'natGatewayProvider' | 'ipProtocol'>;
  /**
   * Adds to the network what it then needs: what is there before anything is reached.
   * @param more services that its machines call besides
   */
  readonly open: (vpc: Vpc, more: Endpoints) => readonly IDependable[];
}

/** Services of AWS that have an interface endpoint, by its construct id. */
export type Endpoints = Readonly<Record<string, InterfaceVpcEndpointAwsService>>;

/**
 * Services that machines call, for a network where nothing else reaches them. S3 has a gateway endpoint, which costs nothing, in every
 * private network.
 */
const SERVICES: Endpoints = {
  Ssm: InterfaceVpcEndpointAwsService.SSM,
  SsmMessages: InterfaceVpcEndpointAwsService.SSM_MESSAGES,
  CloudFormation: InterfaceVpcEndpointAwsService.CLOUDFORMATION,
  AutoScaling: InterfaceVpcEndpointAwsService.AUTOSCALING,
  Ec2: InterfaceVpcEndpointAwsService.EC2,
  LoadBalancing: InterfaceVpcEndpointAwsService.ELASTIC_LOAD_BALANCING,
  CloudWatch: InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
  SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
};

const WITH_EGRESS = subnets(SubnetType.PRIVATE_WITH_EGRESS);

export const Egress = {
  /**
   * A managed NAT gateway in each zone: nothing to look after, and a zone that fails takes no other zone's way out with it.
   * @param gateways how many; one serves all zones at a lower price and fails with its own. @default - one a zone
   */
  natGateway: ({ gateways }: { readonly gateways?: number } = {}): Egress => ({
    chosen: 'natGateway', choices: words(),
    subnets: WITH_EGRESS,
    way: () => ({ network: gateways === undefined ? {} : { natGateways: gateways }, open: addS3 }),
  }),

  /**
   * A small machine that translates addresses: a tenth of a gateway's price. Nobody replaces it when it fails: servers that run go on
   * serving, and new ones cannot boot until it is back.
   * @param instanceType @default 't4g.nano'
   */
  natInstance: ({ instanceType = 't4g.nano' }: { readonly instanceType?: string } = {}): Egress => ({
    chosen: 'natInstance', choices: words(),
    subnets: WITH_EGRESS,
    way: () => throughInstance(instanceType),
  }),

  /**
   * An egress-only gateway for IPv6, which has no hourly price. AWS's own services are reached at the network's interface endpoints,
   * which have one, because not each of them has an address of IPv6 in every region.
   */
  ipv6: (): Egress => ({
    chosen: 'ipv6', choices: words(),
    subnets: WITH_EGRESS,
    way: () => ({ network: { natGateways: 0, ipProtocol: IpProtocol.DUAL_STACK }, open: addEndpoints }),
  }),

  /**
   * No way out: the network's own endpoints for S3 and for the services that machines call, and nothing else. Debian's security
   * updates then reach no machine that runs, but each that is made after a deploy.
   */
  none: (): Egress => ({
    chosen: 'none', choices: words(),
    subnets: subnets(SubnetType.PRIVATE_ISOLATED),
    way: () => ({ network: { natGateways: 0 }, open: addEndpoints }),
  }),
};

/** Every machine has a public address of its own. */
export const publicOnly: Pick<Egress, 'subnets' | 'way'> = { subnets: [{ name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 20 }], way: () => ({ network: { natGateways: 0 }, open: () => [] }) };

/** In the public ones stand load balancers and gateways, which have addresses without being given any. */
function subnets(privateType: SubnetType): readonly SubnetConfiguration[] {
  return [
    { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 20, mapPublicIpOnLaunch: false },
    { name: 'private', subnetType: privateType, cidrMask: 20 },
  ];
}

function throughInstance(type: string): Way {
  const instanceType = new InstanceType(type);
  const provider = NatProvider.instanceV2({
    instanceType, machineImage: natImage(instanceType.architecture), associatePublicIpAddress: true, defaultAllowedTraffic: NatTrafficDirection.OUTBOUND_ONLY,
  });
  return {
    network: { natGateways: 1, natGatewayProvider: provider },
    open: (vpc) => {
      provider.securityGroup.addIngressRule(Peer.ipv4(vpc.vpcCidrBlock), Port.allTraffic(), 'Machines of the network');
      return addS3(vpc);
    },
  };
}

function addS3(vpc: Vpc): IDependable[] {
  return [vpc.addGatewayEndpoint('S3', { service: GatewayVpcEndpointAwsService.S3 })];
}

function addEndpoints(vpc: Vpc, more: Endpoints): IDependable[] {
  return [...addS3(vpc), ...Object.entries({ ...SERVICES, ...more }).map(([id, service]) => vpc.addInterfaceEndpoint(id, { service }))];
}

function words(): Choice['choices'] {
  return { natGateway: Egress.natGateway, natInstance: Egress.natInstance, ipv6: Egress.ipv6, none: Egress.none };
}
