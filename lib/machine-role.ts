import { Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type Architecture, debianName } from '../app-runtime/release.js';
import type { SecretName } from '../app-runtime/release-settings.js';
import { grantReadSecrets } from './grants.js';

export interface MachineRoleProps {
  readonly deployment: string;
  /** Allocation id of the Elastic IP that the machine claims. */
  readonly allocationId: string;
  /** Id of the data volume that the machine claims. */
  readonly volumeId: string;
  readonly architecture: Architecture;
  /** Names of the parameters that the machine writes. */
  readonly writes: readonly string[];
  /** Secrets of the application's environment. */
  readonly secrets: readonly SecretName[];
}

/** What Session Manager needs of a machine. AWS defines no resource for these actions, so `*` is as exact as they get. */
const SESSION_MANAGER = [
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel', 'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel', 'ssmmessages:OpenDataChannel',
];

/** Tag by which a role knows the machines of its own deployment. */
export const DEPLOYMENT_TAG = 'paddock:deployment';

/** The instance role: exact actions on exact resources. */
export class MachineRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: MachineRoleProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const ec2 = (resource: string, resourceName: string) => stack.formatArn({ service: 'ec2', resource, resourceName });
    const allow = (actions: string[], resources: string[], conditions = {}) =>
      this.role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions, resources, conditions }));

    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    const own = { StringEquals: { [`aws:ResourceTag/${DEPLOYMENT_TAG}`]: props.deployment } };
    allow(['ec2:AssociateAddress', 'ec2:AttachVolume'], [ec2('instance', '*')], own);
    // Its own address alone, whichever network interface EC2 then finds on the instance.
    allow(['ec2:AssociateAddress'], [ec2('elastic-ip', props.allocationId), ec2('network-interface', '*')]);
    allow(['ec2:AttachVolume'], [ec2('volume', props.volumeId)]);
    allow(['cloudformation:SignalResource'], [stack.stackId]);
    // Whether the stack still waits for a release, or has put back the one before it.
    allow(['cloudformation:DescribeStackResource'], [stack.stackId]);
    allow(['ssm:PutParameter'], props.writes.map((name) => stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1) })));
    grantReadSecrets(this.role, props.secrets);
    allow(SESSION_MANAGER, ['*']);
    allow(['s3:GetObject'], [`arn:${stack.partition}:s3:::amazon-ssm-${stack.region}/latest/debian_${debianName[props.architecture]}/amazon-ssm-agent.deb`]);
  }
}
