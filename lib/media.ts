import type { Stack } from 'aws-cdk-lib';
import { InterfaceVpcEndpointAwsService } from 'aws-cdk-lib/aws-ec2';
import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IDependable } from 'constructs';
import type { SecretName } from '../app-runtime/release-settings.js';
import type { Choice, Parameters } from './choice.js';
import type { Endpoints } from './egress.js';
import { MediaAccess } from './media-access.js';
import { BUCKET, MediaStack } from './media-stack.js';
import { refuseText, refuseWhole } from './refuse.js';
import { SHARED_NAME, sharedBy, sharedParameter } from './shared-stack.js';

/** Where the files lie that visitors upload. A value: `Media.bucket({…})`. */
export interface Media extends Choice {
  /** What the application finds in its environment, by the name of the parameter that holds it. */
  readonly secrets: Readonly<Record<string, SecretName>>;
  /** Whether the application is handed credentials for them. */
  readonly credentials: boolean;
  /** Services that machines call for it, where a network has endpoints alone. */
  readonly endpoints: Endpoints;
  /** @throws Refusal naming the deployment, the parameter and the way out */
  readonly refuse: (where: string) => void;
  /**
   * Lets the machines of a stack hand the application what it needs to get at them.
   * @param machine their role
   * @returns what must be there before a machine starts
   */
  readonly attach: (stack: Stack, machine: Role) => readonly IDependable[];
}

export interface BucketOptions {
  /** Name of its stack and of its parameter: small letters, digits and dashes. Deployments that name the same one share it. @default 'media' */
  readonly name?: string;
  /** Days for which a file that was replaced or deleted can be brought back, from 1 to 3650. @default 90 */
  readonly versionDays?: number;
}

const MOST_DAYS = 3650;

const DEFAULTS: Required<BucketOptions> = { name: 'media', versionDays: 90 };

export const Media = {
  /** None of Paddock's: files lie on a machine's data volume, or where the application puts them by credentials of its own. */
  none: (): Media => ({ chosen: 'none', choices: words(), secrets: {}, credentials: false, endpoints: {}, refuse: () => {}, attach: () => [] }),

  /**
   * A bucket of S3 in a stack of its own, private and versioned, which deployments reach and never hold. The application finds its name in
   * `MEDIA_BUCKET`, and AWS's SDKs find credentials for this bucket and nothing else.
   */
  bucket: (given: BucketOptions = {}): Media => {
    const options: Required<BucketOptions> = { ...DEFAULTS, ...given };
    return {
      chosen: 'bucket', choices: words(), options: { ...options },
      secrets: { MEDIA_BUCKET: { parameter: sharedParameter(options.name, BUCKET) } },
      credentials: true,
      endpoints: { Sts: InterfaceVpcEndpointAwsService.STS },
      refuse: (where) => refuseBucket(`${where}: Media.bucket`, options),
      attach: (stack, machine) => {
        const shared = sharedBy(stack, `${stack.node.id}: Media.bucket`, 'bucket', MediaStack, options);
        stack.addStackDependency(shared, 'the application reaches its files');
        return [new MediaAccess(stack, 'Media', { deployment: stack.node.id, name: options.name, machine })];
      },
    };
  },
};

function refuseBucket(where: string, { name, versionDays }: Required<BucketOptions>): void {
  refuseText(where, 'name', name, SHARED_NAME);
  refuseWhole(where, { versionDays }, 1, MOST_DAYS);
}

function words(): Choice['choices'] {
  return { none: Media.none, bucket: Media.bucket as (options?: Parameters) => Media };
}
