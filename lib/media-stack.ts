import { Duration, Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import type { BucketOptions } from './media.js';
import { privateBucket } from './private-bucket.js';
import { sharedParameter, type SharedStack, type SharedStackProps } from './shared-stack.js';

/** What its parameter tells, in a word. */
export const BUCKET = 'bucket';

/** After so many days S3 takes away the parts of an upload that was never ended. Nobody can read them, and they cost what files do. */
const UNFINISHED = Duration.days(7);

/**
 * A bucket of the files that visitors upload. Deployments share it by its parameter; none of them holds it, so that each can fail, roll back or
 * be destroyed without touching it. It is kept when this stack is deleted.
 */
export class MediaStack extends Stack implements SharedStack<Required<BucketOptions>> {
  readonly options: Required<BucketOptions>;

  constructor(scope: Construct, id: string, props: SharedStackProps<Required<BucketOptions>>) {
    const { name, versionDays, env } = props;
    super(scope, id, { env, description: 'Paddock: the files that visitors upload' });
    this.options = props;

    const bucket = new Bucket(this, 'Bucket', {
      // No key of the customer's: whoever reads the bucket would have to be given it as well, and nobody else reads it.
      ...privateBucket,
      lifecycleRules: [{ noncurrentVersionExpiration: Duration.days(versionDays), expiredObjectDeleteMarker: true, abortIncompleteMultipartUploadAfter: UNFINISHED }],
    });
    new StringParameter(this, 'BucketParameter', { parameterName: sharedParameter(name, BUCKET), stringValue: bucket.bucketName });
  }
}
