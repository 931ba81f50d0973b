import { Stack } from 'aws-cdk-lib';
import type { CfnLaunchTemplate, ISubnet, IVpc, InstanceType, LaunchTemplate, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct, type IDependable } from 'constructs';
import type { Gateway } from '../app-runtime/gateway/gateway.js';
import { lastWordsParameterOf } from '../app-runtime/last-words.js';
import type { SecretName, Timeouts } from '../app-runtime/release-settings.js';
import type { AppServerSettings, BalancerSettings } from '../app-runtime/settings.js';
import type { AgentBundle } from './agent-bundle.js';
import { grantReadReleases } from './grants.js';
import { architectureOf } from './instance-type.js';
import type { LiveRelease } from './live-release.js';
import { Machine } from './machine.js';
import { MachineRole } from './machine-role.js';

/** What all machines of one deployment share. */
export interface Fleet {
  readonly deployment: string;
  readonly vpc: IVpc;
  /** Where machines have no public address, one a zone. */
  readonly subnets: ISubnet[];
  /** Whether machines have addresses of IPv6 too. */
  readonly dualStack: boolean;
  /** What must be there before a machine can boot: its way to Debian's mirror and to AWS. */
  readonly reachable: readonly IDependable[];
  readonly agent: AgentBundle;
  /** What serves the release. */
  readonly gateway: Gateway;
  readonly release: LiveRelease;
  readonly timeouts: Timeouts;
}

/** What every role is told. */
type Common = Exclude<keyof AppServerSettings & keyof BalancerSettings, 'role' | 'site' | 'network'>;

export interface FleetMachineProps {
  readonly fleet: Fleet;
  readonly instanceType: InstanceType;
  /** Names this kind of machine. */
  readonly kind: string;
  /** Logical id of its group. */
  readonly group: string;
  readonly packages: readonly string[];
  readonly rights: readonly PolicyStatement[];
  /** Secrets that it fetches. */
  readonly secrets: readonly SecretName[];
  /** What only its role is told. */
  readonly told: Omit<AppServerSettings, Common> | Omit<BalancerSettings, Common>;
  /** What its security group lets in, in words. */
  readonly lets: string;
}

/** How one role's machines of a fleet are made, and what they may do. */
export class FleetMachine extends Construct {
  readonly launchTemplate: LaunchTemplate;
  readonly securityGroup: SecurityGroup;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: FleetMachineProps) {
    super(scope, id);
    const { fleet, instanceType, kind, group, packages, rights, secrets, told, lets } = props;
    const { deployment, vpc, dualStack, agent, release } = fleet;
    const stack = Stack.of(this);
    const architecture = architectureOf(instanceType);

    const { role } = new MachineRole(this, 'Role', {
      architecture, secrets, rights, writes: [lastWordsParameterOf(deployment)],
    });
    release.grantReadParameter(role);
    grantReadReleases(role, deployment, agent.asset);
    this.role = role;

    const { launchTemplate, securityGroup } = new Machine(this, 'Machine', {
      vpc, role, instanceType, packages, lets, dualStack,
      settings: {
        version: 1, deployment, region: stack.region, machine: kind, stack: { id: stack.stackId, group },
        agent: { bucket: agent.asset.s3BucketName, key: agent.asset.s3ObjectKey, digest: agent.digest },
        ...told,
      },
    });
    // A template of its own for each release and kind of machine. Going back, CloudFormation would write the old text as a newer version of one
    // that goes on, and Auto Scaling would replace the servers that it was never away from.
    const release12 = 'release' in told ? told.release.digest.slice(0, 12) : '';
    (launchTemplate.node.defaultChild as CfnLaunchTemplate).overrideLogicalId(`${group}Template${kind}${release12}`);
    this.launchTemplate = launchTemplate;
    this.securityGroup = securityGroup;
  }
}
