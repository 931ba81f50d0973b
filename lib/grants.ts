import { Stack } from 'aws-cdk-lib';
import { Effect, Grant, type IGrantable, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { nameOf, type SecretName } from '../app-runtime/release-settings.js';

/** Lets a role fetch this one object. `Asset.grantRead` would give it the whole bucket, and with it everybody's assets. */
export function grantReadObject(grantee: IGrantable, asset: Asset): Grant {
  const object = Stack.of(asset).formatArn({ service: 's3', region: '', account: '', resource: asset.s3BucketName, resourceName: asset.s3ObjectKey });
  return Grant.addToPrincipal({ grantee, actions: ['s3:GetObject'], resourceArns: [object] });
}

/** Where a deployment's assets lie in the bucket that all stacks of an account share: a folder of its own. */
export const assetFolderOf = (deployment: string): string => `paddock/${deployment}/`;

/**
 * Lets a role fetch what this deployment ever put into its folder. One release is not enough for a fleet: a server that is started in
 * the middle of a deploy may be told of the one before, and whoever serves static files keeps those of three.
 * @param asset any of the deployment's
 */
export function grantReadReleases(grantee: IGrantable, deployment: string, asset: Asset): Grant {
  const folder = Stack.of(asset).formatArn({ service: 's3', region: '', account: '', resource: asset.s3BucketName, resourceName: `${assetFolderOf(deployment)}*` });
  return Grant.addToPrincipal({ grantee, actions: ['s3:GetObject'], resourceArns: [folder] });
}

/** Lets a role read the values of these secrets and of no other. */
export function grantReadSecrets(role: Role, secrets: readonly SecretName[]): void {
  const stack = Stack.of(role);
  const parameters = secrets.flatMap((name) =>
    ('parameter' in name ? [stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.parameter.slice(1) })] : []));
  // Secrets Manager adds a dash and six characters of its own to a name. Source: its user guide, IAM policy examples.
  const entries = secrets.flatMap((name) =>
    ('parameter' in name ? [] : [`${stack.formatArn({ service: 'secretsmanager', resource: `secret:${nameOf(name)}` })}-??????`]));
  grantRead(role, 'ssm:GetParameter', parameters, 'PARAMETER_ARN');
  grantRead(role, 'secretsmanager:GetSecretValue', entries, 'SecretARN');
}

/**
 * The service decrypts in the role's name. Its own AWS managed key lets every principal of the account do so by way of it; a key of the
 * customer's wants kms:Decrypt. Which key encrypts a secret is not known here, so the right holds for each of this account, but
 * only by way of the service and for these secrets, which it names in the encryption context.
 * Sources: the user guides of Parameter Store and Secrets Manager, encryption and decryption.
 */
function grantRead(role: Role, action: string, arns: readonly string[], context: string): void {
  if (arns.length === 0) return;
  const stack = Stack.of(role);
  const resources = [...new Set(arns)];
  role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions: [action], resources }));
  role.addToPolicy(new PolicyStatement({
    effect: Effect.ALLOW,
    actions: ['kms:Decrypt'],
    resources: [stack.formatArn({ service: 'kms', resource: 'key', resourceName: '*' })],
    conditions: {
      StringEquals: { 'kms:ViaService': `${action.split(':')[0]}.${stack.region}.amazonaws.com` },
      StringLike: { [`kms:EncryptionContext:${context}`]: resources },
    },
  }));
}
