import { createHash } from 'node:crypto';
import { Stack } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct, type IConstruct } from 'constructs';
import type { Gateway } from '../app-runtime/gateway/gateway.js';
import { type PackagesPointer, packagesParameterOf } from '../app-runtime/packages.js';
import { balancerPackages } from '../app-runtime/proxies/nginx/nginx.js';
import type { Proxy } from '../app-runtime/proxies/proxy.js';
import type { Architecture } from '../app-runtime/release.js';
import { type PackageBundle, packageBundle } from './packages/bundle.js';
import { allow, parameterArn } from './rights.js';

/** What each kind of machine installs: with Node.js, which runs the agent. */
export const installs = {
  withProxy: (gateway: Pick<Gateway, 'packages'>, proxy: Pick<Proxy, 'packages'>): readonly string[] => ['nodejs', ...gateway.packages, ...proxy.packages],
  gatewayAlone: ({ packages }: Pick<Gateway, 'packages'>): readonly string[] => ['nodejs', ...packages],
  balancer: ['nodejs', ...balancerPackages] as readonly string[],
} as const;

export interface PackagesProps {
  readonly deployment: string;
  readonly architecture: Architecture;
  /** What this kind of machine installs. */
  readonly packages: readonly string[];
  /** Role of the machines. */
  readonly role: Role;
}

/**
 * Debian's packages for one kind of machine, and an SSM parameter that points to them. A machine reads the parameter when it boots: newer
 * packages are not another kind of machine, and replace nobody.
 */
export class Packages extends Construct {
  /** The archive, which the role must be let read besides. */
  readonly asset: Asset;
  /** What must be there before such a machine boots. */
  readonly parameter: StringParameter;

  constructor(scope: Construct, id: string, props: PackagesProps) {
    super(scope, id);
    const { deployment, architecture, packages, role } = props;
    const { archive, digest } = bundleOf(this.node.root, architecture, packages);
    const name = packagesParameterOf(deployment, packagesKind(architecture, packages));

    this.asset = new Asset(this, 'Archive', { path: archive, assetHash: digest, displayName: `Debian's packages for ${architecture}` });
    role.addToPolicy(allow(['ssm:GetParameter'], [parameterArn(Stack.of(this), name)]));
    const pointer: PackagesPointer = { bucket: this.asset.s3BucketName, key: this.asset.s3ObjectKey, digest, install: packages };
    this.parameter = new StringParameter(this, 'Parameter', {
      parameterName: name, stringValue: JSON.stringify(pointer), description: `Debian's packages for machines of ${deployment}`,
    });
    // It sends machines to what only its rights let them read.
    this.parameter.node.addDependency(role);
  }
}

/** One look for all machines of an app that install the same, so that a mirror that is away is waited for once. */
function bundleOf(app: IConstruct, architecture: Architecture, packages: readonly string[]): PackageBundle {
  const known = bundles.get(app) ?? new Map<string, PackageBundle>();
  const kind = packagesKind(architecture, packages);
  const bundle = known.get(kind) ?? packageBundle({ architecture, packages });
  bundles.set(app, known.set(kind, bundle));
  return bundle;
}

const bundles = new WeakMap<IConstruct, Map<string, PackageBundle>>();

/** Names what a kind of machine installs, in whichever version Debian has it: 12 hexadecimal digits. */
export function packagesKind(architecture: Architecture, packages: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify([architecture, packages])).digest('hex').slice(0, 12);
}
