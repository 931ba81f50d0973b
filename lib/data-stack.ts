import { RemovalPolicy, Size, Stack, type StackProps, Tags } from 'aws-cdk-lib';
import { EbsDeviceVolumeType, Volume } from 'aws-cdk-lib/aws-ec2';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { refuse } from './refuse.js';
import { DEPLOYMENT_TAG } from './tags.js';

export interface DataStackProps extends StackProps {
  /** The deployment that the data belongs to. */
  readonly deployment: string;
  /** Size of the data volume, in GiB. EBS grows a volume and never shrinks one; the filesystem follows when the agent starts. @default 8 */
  readonly dataVolumeGiB?: number;
}

/**
 * What outlives every machine of a deployment: the data volume. A stack of its own, so that the machine's stack can fail, roll back
 * or be destroyed without touching it. The volume is kept when this stack is deleted.
 */
export class DataStack extends Stack {
  constructor(scope: Construct, id: string, props: DataStackProps) {
    const { deployment, dataVolumeGiB = 8, ...stackProps } = props;
    refuseVolume(id, dataVolumeGiB);
    super(scope, id, stackProps);

    const volume = new Volume(this, 'Volume', {
      availabilityZone: this.availabilityZones[0]!,
      size: Size.gibibytes(dataVolumeGiB),
      volumeType: EbsDeviceVolumeType.GP3,
      encrypted: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    // By which a backup plan of the account takes it in.
    Tags.of(volume).add(DEPLOYMENT_TAG, deployment);
    new StringParameter(this, 'VolumeParameter', { parameterName: volumeParameter(deployment), stringValue: volume.volumeId });
  }
}

/** Name of the SSM parameter through which a machine's stack learns of the data volume: stacks share nothing by export. */
export function volumeParameter(deployment: string): string {
  return `/paddock/${deployment}/data/volume`;
}

function refuseVolume(where: string, gib: number): void {
  if (!Number.isInteger(gib) || gib < 1 || gib > 16384) {
    refuse(where, 'dataVolumeGiB must be whole GiB from 1 to 16384', String(gib), 'choose a size that a gp3 volume can have');
  }
}
