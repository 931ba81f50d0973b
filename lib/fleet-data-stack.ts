import { RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { secretKeyOf } from '../app-runtime/split-tier.js';

export interface FleetDataStackProps extends StackProps {
  /** The deployment that the data belongs to. */
  readonly deployment: string;
}

/**
 * What outlives every server of a fleet: the secret key that all of them sign with. A stack of its own, so that the servers' stack can
 * fail, roll back or be destroyed, and no visitor is logged out. The secret is kept when this stack is deleted.
 */
export class FleetDataStack extends Stack {
  constructor(scope: Construct, id: string, props: FleetDataStackProps) {
    const { deployment, ...stackProps } = props;
    super(scope, id, stackProps);

    new Secret(this, 'SecretKey', {
      secretName: secretKeyOf(deployment),
      description: `SECRET_KEY of ${deployment}, the same on every server`,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
