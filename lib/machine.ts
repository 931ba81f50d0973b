import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Stack, Tags } from 'aws-cdk-lib';
import { BlockDeviceVolume, EbsDeviceVolumeType, type IVpc, type InstanceType, LaunchTemplate, LaunchTemplateHttpTokens, SecurityGroup, UserData } from 'aws-cdk-lib/aws-ec2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { MachineSettings } from '../app-runtime/settings.js';
import { debianImage } from './image.js';
import { architectureOf } from './instance-type.js';
import { Packages, packagesKind } from './packages.js';
import { DEPLOYMENT_TAG } from './tags.js';

export interface MachineProps {
  readonly vpc: IVpc;
  readonly role: Role;
  readonly instanceType: InstanceType;
  /** Debian packages that it installs when it boots. */
  readonly packages: readonly string[];
  /** What it is told, but for where its packages are. */
  readonly settings: Told<MachineSettings>;
  /** What the machine's security group lets in, in words. Whoever knows the peers adds the rules. */
  readonly lets: string;
  /** Whether it reaches what is outside by IPv6 too. @default false */
  readonly dualStack?: boolean;
}

type Told<Settings> = Settings extends MachineSettings ? Omit<Settings, 'packages'> : never;

/** Debian's image has its root here; another name would add a second disk. Source: DescribeImages of the official AMI. */
const ROOT_DEVICE = '/dev/xvda';

/** How a machine is made: a launch template of a stock Debian 13, whose user data is boot.sh with the machine's settings in it. */
export class Machine extends Construct {
  readonly launchTemplate: LaunchTemplate;
  /** Lets everything out, and in what its rules say. */
  readonly securityGroup: SecurityGroup;
  /** Debian's packages, whose archive the role must be let read. */
  readonly packages: Packages;

  constructor(scope: Construct, id: string, props: MachineProps) {
    super(scope, id);
    const { vpc, role, instanceType, packages, settings, lets, dualStack = false } = props;
    const { deployment } = settings;
    const architecture = architectureOf(instanceType);

    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', { vpc, description: lets, allowAllOutbound: true, ...(dualStack && { allowAllIpv6Outbound: true }) });
    this.launchTemplate = new LaunchTemplate(this, 'LaunchTemplate', {
      machineImage: debianImage(this, architecture),
      instanceType,
      role,
      securityGroup: this.securityGroup,
      userData: UserData.custom(userData(Stack.of(this), { ...settings, packages: packagesKind(architecture, packages) } as MachineSettings)),
      httpTokens: LaunchTemplateHttpTokens.REQUIRED,
      httpPutResponseHopLimit: 1,
      detailedMonitoring: true,
      blockDevices: [{ deviceName: ROOT_DEVICE, volume: BlockDeviceVolume.ebs(8, { volumeType: EbsDeviceVolumeType.GP3, encrypted: true }) }],
    });
    this.packages = new Packages(this, 'Packages', { deployment, architecture, packages, role });
    this.launchTemplate.node.addDependency(this.packages.parameter);
    Tags.of(this).add(DEPLOYMENT_TAG, deployment);
  }
}

/** Names a kind of machine by everything that makes it one: a change in it replaces the machine, and its successor has another name. */
export function fingerprint(instanceType: InstanceType, packages: readonly string[], told: object): string {
  const installs = packagesKind(architectureOf(instanceType), packages);
  return createHash('sha256').update(bootScript()).update(JSON.stringify([instanceType.toString(), installs, told])).digest('hex').slice(0, 12);
}

/** boot.sh without its comments, around the settings: user data has 16 KB on AWS and at most 4 KiB here. */
function userData(stack: Stack, settings: MachineSettings): string {
  const script = bootScript();
  const [before, after] = script.replace(/^#[^!].*\n/gm, '').split('{{ settings }}') as [string, string];
  return before + stack.toJsonString(settings) + after;
}

function bootScript(): string {
  return readFileSync(new URL('../app-runtime/boot.sh', import.meta.url), 'utf8');
}
