import { CfnWaitCondition, type Duration, Stack } from 'aws-cdk-lib';
import { Grant, type Role } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { type ReleasePointer, releaseParameterOf, signalOf } from '../app-runtime/release-pointer.js';
import type { S3Object } from '../app-runtime/settings.js';
import { grantReadObject } from './grants.js';
import type { Release } from './release.js';

export interface LiveReleaseProps {
  /** The deployment whose machines serve the release. */
  readonly deployment: string;
  readonly release: Release;
  /** Names the kind of machine that serves it. */
  readonly machine: string;
  /** The person knows that what serves cannot live with its migrations. */
  readonly acceptIncompatibleMigrations: boolean;
}

/** The release that a deployment's machines must serve, and an SSM parameter that points to it. */
export class LiveRelease extends Construct {
  readonly parameter: StringParameter;
  /** The parameter's name itself, which a machine is told before the parameter is there. */
  readonly parameterName: string;
  /** The release as a machine finds it. */
  readonly object: S3Object;
  private readonly asset: Asset;

  constructor(scope: Construct, id: string, props: LiveReleaseProps) {
    super(scope, id);
    const { deployment, release, machine, acceptIncompatibleMigrations } = props;

    this.asset = new Asset(this, 'Archive', { path: release.archive, assetHash: release.digest, displayName: `Release of ${release.manifest.application}` });
    this.object = { bucket: this.asset.s3BucketName, key: this.asset.s3ObjectKey, digest: release.digest };
    const pointer: ReleasePointer = {
      ...this.object, signal: signalOf(release.digest), machine,
      ...(acceptIncompatibleMigrations && { acceptIncompatibleMigrations }),
    };
    this.parameterName = releaseParameterOf(deployment);
    this.parameter = new StringParameter(this, 'Parameter', {
      parameterName: this.parameterName,
      stringValue: JSON.stringify(pointer),
      description: `The release that ${deployment} serves`,
    });
  }

  /**
   * Ends a deploy only when the release is served: a wait condition whose logical id holds the release's digest, so that each new
   * release makes a new one and CloudFormation waits again; when that fails, CloudFormation puts the parameter back and the machine
   * follows it.
   */
  waitUntilServed(timeout: Duration): void {
    const signal = signalOf(this.object.digest);
    const served = new CfnWaitCondition(this, signal);
    served.overrideLogicalId(signal);
    served.cfnOptions.creationPolicy = { resourceSignal: { count: 1, timeout: timeout.toIsoString() } };
    served.node.addDependency(this.parameter);
  }

  /** Lets a role read the parameter and fetch the archive. */
  grantRead(role: Role): void {
    this.grantReadParameter(role);
    grantReadObject(role, this.asset);
  }

  /** Lets a role read the parameter, which comes after the role's rights: it sends the machines to what only these let them read. */
  grantReadParameter(role: Role): void {
    const parameter = Stack.of(this).formatArn({ service: 'ssm', resource: 'parameter', resourceName: this.parameterName.slice(1) });
    Grant.addToPrincipal({ grantee: role, actions: ['ssm:GetParameter'], resourceArns: [parameter] });
    this.parameter.node.addDependency(role);
  }
}
