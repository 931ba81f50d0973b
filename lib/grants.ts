import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';

/** Lets a role fetch this one object. `Asset.grantRead` would give it the whole bucket, and with it everybody's assets. */
export function grantReadObject(grantee: IGrantable, asset: Asset): Grant {
  const object = Stack.of(asset).formatArn({ service: 's3', region: '', account: '', resource: asset.s3BucketName, resourceName: asset.s3ObjectKey });
  return Grant.addToPrincipal({ grantee, actions: ['s3:GetObject'], resourceArns: [object] });
}
