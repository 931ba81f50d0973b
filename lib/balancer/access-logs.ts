import { Duration, Stack } from 'aws-cdk-lib';
import type { ApplicationLoadBalancer, NetworkLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { privateBucket } from '../private-bucket.js';

export interface AccessLogsProps {
  readonly loadBalancer: ApplicationLoadBalancer | NetworkLoadBalancer;
  /** Who writes them. Source: the load balancers' user guides, bucket permissions. */
  readonly writer: (stack: Stack) => Writer;
}

interface Writer {
  readonly service: string;
  readonly conditions: Readonly<Record<string, unknown>>;
}

/** An Application Load Balancer writes into the folder of its own account alone. */
export function albWriter(): Writer {
  return { service: 'logdelivery.elasticloadbalancing.amazonaws.com', conditions: {} };
}

/** A Network Load Balancer writes by way of CloudWatch Logs, for whoever asks it to: only for this account here. */
export function nlbWriter({ account, region, partition }: Stack): Writer {
  return {
    service: 'delivery.logs.amazonaws.com',
    conditions: { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': `arn:${partition}:logs:${region}:${account}:*` } },
  };
}

/** A bucket of a load balancer's access logs: private, emptied after ninety days, and kept when the stack is deleted. */
export class AccessLogs extends Construct {
  constructor(scope: Construct, id: string, props: AccessLogsProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const { loadBalancer } = props;
    const { service, conditions } = props.writer(stack);

    const bucket = new Bucket(this, 'Bucket', {
      // Its encryption is the only one that load balancers write with. Source: the same pages.
      ...privateBucket,
      lifecycleRules: [{ expiration: Duration.days(90), noncurrentVersionExpiration: Duration.days(1) }],
    });
    const principals = [new ServicePrincipal(service)];
    bucket.addToResourcePolicy(new PolicyStatement({ principals, conditions, actions: ['s3:PutObject'], resources: [bucket.arnForObjects(`AWSLogs/${stack.account}/*`)] }));
    bucket.addToResourcePolicy(new PolicyStatement({ principals, conditions, actions: ['s3:GetBucketAcl'], resources: [bucket.bucketArn] }));
    loadBalancer.setAttribute('access_logs.s3.enabled', 'true');
    loadBalancer.setAttribute('access_logs.s3.bucket', bucket.bucketName);
    // AWS tries to write as soon as it is told to.
    loadBalancer.node.addDependency(bucket.policy!);
  }
}
