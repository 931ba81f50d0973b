import { CfnWaitCondition, Duration } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { ReleasePointer } from '../app-runtime/settings.js';
import { grantReadObject } from './grants.js';
import type { Release } from './release.js';

export interface LiveReleaseProps {
  /** The deployment whose machines serve the release. */
  readonly deployment: string;
  readonly release: Release;
  /** Names the kind of machine that serves it. */
  readonly machine: string;
  /** How long a deploy waits for the machines to serve it. */
  readonly timeout: Duration;
}

/**
 * The release that a deployment's machines must serve: an SSM parameter that points to it, and a wait condition that ends the
 * deploy when they do. The condition's logical id holds the release's digest, so that each new release makes a new one and
 * CloudFormation waits again; when that fails, CloudFormation puts the parameter back and the machines follow it.
 */
export class LiveRelease extends Construct {
  readonly parameter: StringParameter;
  /** The parameter's name itself, which a machine is told before the parameter is there. */
  readonly parameterName: string;
  private readonly asset: Asset;

  constructor(scope: Construct, id: string, props: LiveReleaseProps) {
    super(scope, id);
    const { deployment, release, machine, timeout } = props;

    this.asset = new Asset(this, 'Archive', { path: release.archive, assetHash: release.digest, displayName: `Release of ${release.manifest.application}` });
    const signal = `Release${release.digest.slice(0, 12)}`;
    const pointer: ReleasePointer = { bucket: this.asset.s3BucketName, key: this.asset.s3ObjectKey, digest: release.digest, signal, machine };
    this.parameterName = `/paddock/${deployment}/release`;
    this.parameter = new StringParameter(this, 'Parameter', {
      parameterName: this.parameterName,
      stringValue: JSON.stringify(pointer),
      description: `The release that ${deployment} serves`,
    });

    const served = new CfnWaitCondition(this, signal);
    served.overrideLogicalId(signal);
    served.cfnOptions.creationPolicy = { resourceSignal: { count: 1, timeout: timeout.toIsoString() } };
    served.node.addDependency(this.parameter);
  }

  /** Lets a machine read the parameter and fetch the archive, before either is there to be read. */
  grantRead(machine: IGrantable): void {
    Grant.addToPrincipal({ grantee: machine, actions: ['ssm:GetParameter'], resourceArns: [this.parameter.parameterArn] });
    grantReadObject(machine, this.asset);
  }
}
