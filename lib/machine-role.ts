import { Stack } from 'aws-cdk-lib';
import { type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type Architecture, debianName } from '../app-runtime/release.js';
import type { SecretName } from '../app-runtime/release-settings.js';
import { grantReadSecrets } from './grants.js';
import { allow, parameterArn } from './rights.js';

export interface MachineRoleProps {
  readonly architecture: Architecture;
  /** What this kind of machine does besides what every machine does. */
  readonly rights: readonly PolicyStatement[];
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

/** The instance role: exact actions on exact resources. */
export class MachineRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: MachineRoleProps) {
    super(scope, id);
    const { architecture, rights, writes, secrets } = props;
    const stack = Stack.of(this);

    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    const add = (...statements: readonly PolicyStatement[]) => statements.forEach((statement) => this.role.addToPolicy(statement));
    add(...rights);
    add(allow(['cloudformation:SignalResource'], [stack.stackId]));
    // Whether the stack still waits for a release, or has put back the one before it.
    add(allow(['cloudformation:DescribeStackResource'], [stack.stackId]));
    add(allow(['ssm:PutParameter'], writes.map((name) => parameterArn(stack, name))));
    grantReadSecrets(this.role, secrets);
    add(allow(SESSION_MANAGER, ['*']));
    add(allow(['s3:GetObject'], [`arn:${stack.partition}:s3:::amazon-ssm-${stack.region}/latest/debian_${debianName[architecture]}/amazon-ssm-agent.deb`]));
  }
}
