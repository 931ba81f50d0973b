import { Stack } from 'aws-cdk-lib';
import { ArnPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { mediaRoleParameterOf } from '../app-runtime/media.js';
import { BUCKET } from './media-stack.js';
import { allow, parameterArn } from './rights.js';
import { sharedParameter } from './shared-stack.js';

export interface MediaAccessProps {
  readonly deployment: string;
  /** Name of the media's stack. */
  readonly name: string;
  /** Role of the machines that run the application. */
  readonly machine: Role;
}

/** What an application does with its files, of a stored one and of the bucket. */
const WITH_FILES = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];
const WITH_BUCKET = ['s3:ListBucket', 's3:ListBucketMultipartUploads'];

/**
 * A role that may do with one bucket what an application does, and nothing else. The machines of the deployment, and no other, may take it on: they
 * hand its credentials to the application, which never sees their own. It goes with the deployment.
 */
export class MediaAccess extends Construct {
  constructor(scope: Construct, id: string, props: MediaAccessProps) {
    super(scope, id);
    const { deployment, name, machine } = props;
    const stack = Stack.of(this);
    const bucket = stack.formatArn({ service: 's3', region: '', account: '', resource: StringParameter.valueForStringParameter(this, sharedParameter(name, BUCKET)) });
    const parameterName = mediaRoleParameterOf(deployment);

    const role = new Role(this, 'Role', { assumedBy: new ArnPrincipal(machine.roleArn), description: `Files of ${deployment}` });
    role.addToPolicy(allow(WITH_FILES, [`${bucket}/*`]));
    role.addToPolicy(allow(WITH_BUCKET, [bucket]));
    new StringParameter(this, 'RoleParameter', { parameterName, stringValue: role.roleArn });
    machine.addToPolicy(allow(['sts:AssumeRole'], [role.roleArn]));
    machine.addToPolicy(allow(['ssm:GetParameter'], [parameterArn(stack, parameterName)]));
  }
}
