/**
 * Every finding of cdk-nag's packs AwsSolutions and NIST 800-53 r5 that stands, with its reason: by the path of a construct and everything
 * below it, and the rule with what it is about. A finding that is not in this list fails the tests; so does an entry that no longer
 * acknowledges anything.
 */
export type Acknowledgements = Readonly<Record<string, Readonly<Record<string, string>>>>;

const arn = (rest: string) => `Resource::arn:<AWS::Partition>:${rest}`;
const group = (name: string) => ({
  [`AwsSolutions-IAM5[${arn(`autoscaling:eu-central-1:123456789012:autoScalingGroup:*:autoScalingGroupName/split-tier-${name}`)}]`]:
    'A group\'s own id is known to nobody before it is made; its name is one group alone in account and region.',
});
const ANY = { 'AwsSolutions-IAM5[Resource::*]': 'AWS defines no resource for these actions: Session Manager, the Describe… of Auto Scaling, EC2 and load balancing, and PutMetricData, which is limited to one namespace.' };
const INLINE = { 'NIST.800.53.R5-IAMNoInlinePolicy': 'The policy belongs to this role and to no other, and ends with it: a managed one could be attached elsewhere.' };
const KEYS = {
  [`AwsSolutions-IAM5[${arn('kms:eu-central-1:123456789012:key/*')}]`]:
    'Which key encrypts a secret is not known to the template: any of the account, limited to these secrets by the encryption context and to the service that keeps them.',
};
const ASSETS = { [`AwsSolutions-IAM5[${arn('s3:::cdk-hnb659fds-assets-123456789012-eu-central-1/paddock/split-tier/*')}]`]: 'The deployment\'s own folder: its agent, and releases of which more than one serves in a deploy.' };
const COMMANDED = { [`AwsSolutions-IAM5[${arn('ssm:eu-central-1:123456789012:parameter/paddock/split-tier/commanded/*')}]`]: 'One parameter for each release, made by the server that runs its release command.' };
const PUBLIC_SITE = { 'AwsSolutions-EC23': 'A public web site: HTTP and HTTPS from everywhere are what it is for. No other port is open.' };
const NO_TOPIC = { 'AwsSolutions-AS3': 'That a machine was replaced or a group has grown shows in the group\'s activity and in CloudFormation; whom to tell is the account\'s own decision.' };
const READ_BY_REFRESH = { 'NIST.800.53.R5-CloudWatchAlarmAction': 'The instance refresh reads it: its action is that a release is taken back.' };
const ROTATED = 'RDS rotates it by a function in a network that reaches both, which an isolated one does not; a password that is changed by hand is taken up within a minute where watchSecrets is on.';
const STANDBY = 'A second server doubles the price: multiAz is one word of the settings page.';
const READ_BY_ONE = 'One role reads and writes it, in sessions that are named after machines: the trail of the account tells of each that is taken on.';
const NO_DOMAIN = { 'NIST.800.53.R5-ELBv2ACMCertificateRequired': 'Without a domain there is nothing to certify; with a certificate this port sends visitors to HTTPS.' };

function network(stack: string): Acknowledgements {
  return {
    [`/${stack}/Network/FlowLogs`]: { 'NIST.800.53.R5-CloudWatchLogGroupEncrypted': 'CloudWatch encrypts every log; these hold addresses and ports of this network, and no key of the customer\'s would be read by fewer people.' },
    [`/${stack}/Network/Vpc/FlowLog/IAMRole`]: INLINE,
    ...Object.fromEntries([1, 2].map((zone) => [`/${stack}/Network/Vpc/publicSubnet${zone}/DefaultRoute`, { 'NIST.800.53.R5-VPCNoUnrestrictedRouteToIGW': 'A public web site answers everybody. Only what stands in the public subnets has this route.' }])),
  };
}

/** What a deployment that has a bucket of media acknowledges besides. */
export function files(stack: string): Acknowledgements {
  return {
    [`/${stack}/Media/Role`]: {
      [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:s3:::<SsmParameterValuepaddockmediabucketC96584B6F00A464EAD1953AFF4B05118Parameter>/*]`]: 'The files of one bucket, whose names its visitors bring.',
      ...INLINE,
    },
  };
}

function logs(path: string): Acknowledgements {
  return {
    [`/split-tier/Balancer/${path}`]: {
      'AwsSolutions-S1': 'It is the log: a log of its own writes would grow by them.',
      'NIST.800.53.R5-S3BucketLoggingEnabled': 'It is the log: a log of its own writes would grow by them.',
      'NIST.800.53.R5-S3BucketReplicationEnabled': 'Access logs are kept for ninety days and serve nobody without their load balancer.',
      'NIST.800.53.R5-S3DefaultEncryptionKMS': 'Load balancers write with S3\'s own keys alone.',
    },
  };
}

const fleet: Acknowledgements = {
  ...network('split-tier'),
  '/split-tier/AppServers/Machine/Role': { ...group('app-servers'), ...ANY, ...COMMANDED, ...KEYS, ...ASSETS, ...INLINE },
  '/split-tier/AppServers/Servers/Group': NO_TOPIC,
  '/split-tier/AppServers/Refused': READ_BY_REFRESH,
  '/split-tier/Balancer/Alarms': READ_BY_REFRESH,
  '/split-tier-data/SecretKey': {
    'AwsSolutions-SMG4': 'A new key logs every visitor out and breaks every signed link: when to do so is a person\'s decision.',
    'NIST.800.53.R5-SecretsManagerRotationEnabled': 'A new key logs every visitor out and breaks every signed link: when to do so is a person\'s decision.',
    'NIST.800.53.R5-SecretsManagerUsingKMSKey': 'Encrypted by the account\'s key of Secrets Manager: only the servers\' role may read it, and no other account needs to.',
  },
};

export const acknowledgements: Readonly<Record<'single-node' | 'nginx' | 'alb' | 'database' | 'media', Acknowledgements>> = {
  'database': {
    '/database/Network/FlowLogs': network('database')['/database/Network/FlowLogs']!,
    '/database/Network/Vpc/FlowLog/IAMRole': INLINE,
    '/database/Credentials': {
      'AwsSolutions-SMG4': ROTATED,
      'NIST.800.53.R5-SecretsManagerRotationEnabled': ROTATED,
      'NIST.800.53.R5-SecretsManagerUsingKMSKey': 'Encrypted by the account\'s key of Secrets Manager: only the roles that are given it may read it, and no other account needs to.',
    },
    '/database/Server': {
      'AwsSolutions-RDS3': STANDBY,
      'NIST.800.53.R5-RDSMultiAZSupport': STANDBY,
      'AwsSolutions-RDS11': 'Nobody reaches it but networks that are let in by name: another port than PostgreSQL\'s would hide it from those alone who look after it.',
      'NIST.800.53.R5-RDSEnhancedMonitoringEnabled': 'The server\'s own metrics show what a database lacks; those of its processes are worth their price where somebody reads them.',
      'NIST.800.53.R5-RDSInBackupPlan': 'RDS keeps backups of any second of a week by itself; a plan of the account takes it in by its tags.',
    },
  },
  'media': {
    '/media/Bucket': {
      'AwsSolutions-S1': READ_BY_ONE,
      'NIST.800.53.R5-S3BucketLoggingEnabled': READ_BY_ONE,
      'NIST.800.53.R5-S3BucketReplicationEnabled': 'S3 keeps each file in three zones, and each version for ninety days; a second region is a decision of its own price.',
      'NIST.800.53.R5-S3DefaultEncryptionKMS': 'S3 encrypts each file; a key of the customer\'s would be read by the same role and no other.',
    },
  },
  'single-node': {
    ...network('single-node'),
    ...Object.fromEntries([1, 2].map((zone) => [`/single-node/Network/Vpc/publicSubnet${zone}/Subnet`, { 'NIST.800.53.R5-VPCSubnetAutoAssignPublicIpDisabled': 'The machine fetches its packages before it claims its own address, and no NAT gateway stands between.' }])),
    '/single-node/Machine/SecurityGroup': PUBLIC_SITE,
    '/single-node/MachineRole/Role': {
      [`AwsSolutions-IAM5[${arn('ec2:eu-central-1:123456789012:instance/*')}]`]: 'Instances of the group have no ids before they are launched: limited to those that carry the deployment\'s tag.',
      [`AwsSolutions-IAM5[${arn('ec2:eu-central-1:123456789012:network-interface/*')}]`]: 'Moves the deployment\'s own Elastic IP alone: EC2 asks for the right to the address and to the interface it goes to.',
      ...KEYS, ...ANY, ...INLINE,
    },
    '/single-node/AppServers/Group': NO_TOPIC,
    '/single-node-data/Volume': { 'NIST.800.53.R5-EC2EBSInBackupPlan': 'When and for how long to back up is the account\'s own plan, which takes the volume in by its tag paddock:deployment.' },
  },
  'nginx': {
    ...fleet,
    ...logs('NetworkLoadBalancer/AccessLogs'),
    '/split-tier/Balancer/NetworkLoadBalancer/SecurityGroup': PUBLIC_SITE,
    '/split-tier/Balancer/NetworkLoadBalancer/Listener80': NO_DOMAIN,
    '/split-tier/Balancer/Machine/Role': { ...group('balancers'), ...group('app-servers'), ...ANY, ...ASSETS, ...INLINE },
    '/split-tier/Balancer/Machines/Group': NO_TOPIC,
    '/split-tier/Balancer/Refused': READ_BY_REFRESH,
  },
  'alb': {
    ...fleet,
    ...logs('AccessLogs'),
    '/split-tier/Balancer/SecurityGroup': PUBLIC_SITE,
    '/split-tier/Balancer/LoadBalancer': { 'NIST.800.53.R5-ALBWAFEnabled': 'A firewall\'s rules, and what it costs a request, belong to an application that is known; one can be associated with the load balancer.' },
    '/split-tier/Balancer/Http': { ...NO_DOMAIN, 'NIST.800.53.R5-ALBHttpToHttpsRedirection': 'Without a certificate there is no HTTPS to send anybody to; with one this listener does it.' },
    '/split-tier/AppServers/Servers/Group': {
      ...NO_TOPIC,
      'NIST.800.53.R5-AutoScalingGroupELBHealthCheckRequired': 'With the database away every server answers badly and replacing all of them would help nobody: servers themselves have the sick replaced, while most are well.',
    },
  },
};
