import { type Answer, type Api, listAt, textAt } from './api.js';
import { type LoadBalancer, readBalancing, type TargetGroup } from './load-balancers.js';

/** What the API says there is: all that the hypervisor makes true, as one value. */
export interface Cloud {
  readonly instances: readonly Instance[];
  readonly addresses: readonly Address[];
  readonly volumes: readonly Volume[];
  readonly groups: readonly SecurityGroup[];
  readonly subnets: readonly Subnet[];
  readonly loadBalancers: readonly LoadBalancer[];
  readonly targetGroups: readonly TargetGroup[];
}

export interface Instance {
  readonly id: string;
  readonly state: 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';
  readonly image: string;
  readonly architecture: string;
  readonly type: string;
  readonly zone: string;
  readonly subnet: string;
  readonly privateIp: string;
  readonly mac: string;
  readonly networkInterface: string;
  readonly rootDevice: string;
  /** ARN of the instance profile; empty where there is none. */
  readonly profile: string;
  readonly tokensRequired: boolean;
  readonly launchTime: string;
  readonly groups: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
  readonly spot: boolean;
  /** Where its Auto Scaling group has it, as in `InService` or `Terminating:Wait`; empty outside of one. */
  readonly lifecycle: string;
  /** When EC2 takes it back, as an ISO time; empty before it says so. */
  readonly notice: string;
}

export interface Address {
  readonly publicIp: string;
  /** Empty while it is nobody's. */
  readonly privateIp: string;
}

export interface Volume {
  readonly id: string;
  readonly gib: number;
  readonly instance: string;
  readonly device: string;
  /** The snapshot that it began as; empty where it began empty. */
  readonly snapshot: string;
}

export interface SecurityGroup {
  readonly id: string;
  readonly ingress: readonly Permission[];
  readonly egress: readonly Permission[];
}

/** One protocol and its ports, from or to some peers. */
export interface Permission {
  /** A name, a number, or `-1` for every protocol. */
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly cidrs: readonly string[];
  readonly groups: readonly string[];
}

export interface Subnet {
  readonly id: string;
  readonly zone: string;
  readonly cidr: string;
  /** Where Amazon's resolver answers: the second address of its VPC. */
  readonly resolver: string;
  /** Whether its routes lead out of the region: to an internet gateway or one that translates addresses. */
  readonly outside: boolean;
}

/** Reads all of it from the region. */
export async function readCloud(api: Api): Promise<Cloud> {
  const [[instances, addresses, volumes, groups, subnets, vpcs, tables], members, notices, balancing] = await Promise.all([
    Promise.all(['Instances', 'Addresses', 'Volumes', 'SecurityGroups', 'Subnets', 'Vpcs', 'RouteTables'].map((things) => api.query('ec2', `Describe${things}`))),
    api.query('autoscaling', 'DescribeAutoScalingInstances'),
    api.door<Record<string, string>>('/lab/spot-notices'),
    readBalancing(api),
  ]);
  const fleet = new Map(listAt(members, 'DescribeAutoScalingInstancesResult', 'AutoScalingInstances').map((member) => [textAt(member, 'InstanceId'), textAt(member, 'LifecycleState')]));
  return {
    ...balancing,
    instances: listAt(instances, 'reservationSet').flatMap((reservation) => listAt(reservation, 'instancesSet').map(instance))
      .map((known) => ({ ...known, lifecycle: fleet.get(known.id) ?? '', notice: notices[known.id] ?? '' })),
    addresses: listAt(addresses, 'addressesSet').map((entry) => ({ publicIp: textAt(entry, 'publicIp'), privateIp: textAt(entry, 'privateIpAddress') })),
    volumes: listAt(volumes, 'volumeSet').map(volume),
    groups: listAt(groups, 'securityGroupInfo').map((entry) => ({
      id: textAt(entry, 'groupId'),
      ingress: listAt(entry, 'ipPermissions').map(permission),
      egress: listAt(entry, 'ipPermissionsEgress').map(permission),
    })),
    subnets: listAt(subnets, 'subnetSet').map((entry) => {
      const vpc = listAt(vpcs, 'vpcSet').find((candidate) => textAt(candidate, 'vpcId') === textAt(entry, 'vpcId'));
      const resolver = nthAddress(textAt(vpc, 'cidrBlock'), 2);
      const outside = leadsOut(entry, listAt(tables, 'routeTableSet')) || textAt(vpc, 'isDefault') === 'true';
      return { id: textAt(entry, 'subnetId'), zone: textAt(entry, 'availabilityZone'), cidr: textAt(entry, 'cidrBlock'), resolver, outside };
    }),
  };
}

/** Whether the API wants the instance's machine to run. */
export function wanted(instance: Instance | undefined): boolean {
  return instance?.state === 'pending' || instance?.state === 'running';
}

/** The Elastic IP of an instance; undefined where it has none. */
export function publicIp(cloud: Cloud, instance: Instance): string | undefined {
  return cloud.addresses.find(({ privateIp }) => privateIp !== '' && privateIp === instance.privateIp)?.publicIp;
}

/** The private address of a load balancer: in its first subnet, as far from its end as its public address is from the start of the pool. */
export function sourceOf(cloud: Pick<Cloud, 'subnets'>, { address, subnets }: Pick<LoadBalancer, 'address' | 'subnets'>): string | undefined {
  const subnet = cloud.subnets.find(({ id }) => id === subnets[0]);
  return subnet && nthAddress(subnet.cidr, -2 - Number(address.split('.')[3]) % 16);
}

/** The address that many after the network's own, as in 10.0.0.2 of 10.0.0.0/16; that many before its end where the number is negative. */
export function nthAddress(cidr: string, index: number): string {
  const [network, bits] = cidr.split('/');
  const first = network!.split('.').reduce((number, byte) => number * 256 + Number(byte), 0);
  const address = first + (index < 0 ? 2 ** (32 - Number(bits)) : 0) + index;
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
}

function instance(entry: Answer): Omit<Instance, 'lifecycle' | 'notice'> {
  const tags = listAt(entry, 'tagSet').map((tag) => [textAt(tag, 'key'), textAt(tag, 'value')] as const);
  const interfaces = listAt(entry, 'networkInterfaceSet');
  return {
    id: textAt(entry, 'instanceId'),
    state: textAt(entry, 'instanceState', 'name') as Instance['state'],
    image: textAt(entry, 'imageId'),
    architecture: textAt(entry, 'architecture'),
    type: textAt(entry, 'instanceType'),
    zone: textAt(entry, 'placement', 'availabilityZone'),
    subnet: textAt(entry, 'subnetId'),
    privateIp: textAt(entry, 'privateIpAddress'),
    mac: textAt(interfaces[0], 'macAddress') || '0a:00:00:00:00:01',
    networkInterface: textAt(interfaces[0], 'networkInterfaceId'),
    rootDevice: textAt(entry, 'rootDeviceName'),
    profile: textAt(entry, 'iamInstanceProfile', 'arn'),
    tokensRequired: textAt(entry, 'metadataOptions', 'httpTokens') === 'required',
    launchTime: textAt(entry, 'launchTime'),
    groups: [...new Set([entry, ...interfaces].flatMap((holder) => listAt(holder, 'groupSet')).map((group) => textAt(group, 'groupId')))],
    tags: Object.fromEntries(tags),
    spot: textAt(entry, 'instanceLifecycle') === 'spot',
  };
}

/** By its own route table, or else by the main one of its VPC. The emulator's default VPC lacks the gateway that AWS gives it. */
function leadsOut(subnet: Answer, tables: readonly Answer[]): boolean {
  const associated = (table: Answer, field: string, value: string) => listAt(table, 'associationSet').some((association) => textAt(association, field) === value);
  const table = tables.find((candidate) => associated(candidate, 'subnetId', textAt(subnet, 'subnetId')))
    ?? tables.find((candidate) => textAt(candidate, 'vpcId') === textAt(subnet, 'vpcId') && associated(candidate, 'main', 'true'));
  return table !== undefined && listAt(table, 'routeSet').some((route) => textAt(route, 'destinationCidrBlock') === '0.0.0.0/0');
}

function volume(entry: Answer): Volume {
  const attachment = listAt(entry, 'attachmentSet')[0];
  return { id: textAt(entry, 'volumeId'), gib: Number(textAt(entry, 'size')), instance: textAt(attachment, 'instanceId'), device: textAt(attachment, 'device'), snapshot: textAt(entry, 'snapshotId') };
}

function permission(entry: Answer): Permission {
  return {
    protocol: textAt(entry, 'ipProtocol'),
    from: Number(textAt(entry, 'fromPort') || -1),
    to: Number(textAt(entry, 'toPort') || -1),
    cidrs: listAt(entry, 'ipRanges').map((range) => textAt(range, 'cidrIp')),
    groups: listAt(entry, 'groups').map((group) => textAt(group, 'groupId')),
  };
}
