import { existsSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import type { SingleNodeSettings } from '../../settings.js';
import { type Aws, AwsError } from '../aws/aws.js';
import { must, run } from './command.js';
import { log } from './log.js';
import { places } from './places.js';
import { pause, retry } from '../aws/retry.js';

const EC2 = '2016-11-15';

/** How long a machine may take to end, its units included, in seconds: as long as CloudFormation waits for the one that replaces it. */
const ENDING = 900;

/** Takes the deployment's Elastic IP, from whichever machine had it. */
export async function claimAddress(aws: Aws, settings: SingleNodeSettings, instanceId: string): Promise<void> {
  const { allocationId: AllocationId, publicIp } = settings.address;
  const parameters = { AllocationId, InstanceId: instanceId, AllowReassociation: 'true' };
  await retry(ENDING, () => aws.query('ec2', 'AssociateAddress', EC2, parameters), passes);
  log('claimed address', { publicIp });
}

/** Attaches the data volume, makes a filesystem on it the first time and only then, and mounts it as large as the volume is. */
export async function claimVolume(aws: Aws, settings: SingleNodeSettings, instanceId: string): Promise<void> {
  const { id } = settings.volume;
  // The name that udev gives an EBS volume on every Nitro instance; the kernel's own nvme numbers change from boot to boot.
  const device = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${id.replace('-', '')}`;
  // Asked each time anew whether it is here: an answer that got lost has attached it all the same.
  await retry(ENDING, async () => {
    if (!existsSync(device)) await aws.query('ec2', 'AttachVolume', EC2, { VolumeId: id, InstanceId: instanceId, Device: '/dev/sdf' });
  }, passes);
  await appearance(device);
  if (!(await mounted())) await mount(device);
  await must(['resize2fs', device]);
  await mkdir(places.keep, { recursive: true, mode: 0o700 });
  log('claimed volume', { volume: id });
}

async function mount(device: string): Promise<void> {
  const { code, stdout } = await run(['blkid', '-p', '-o', 'value', '-s', 'TYPE', device]);
  // blkid ends with 2 when it recognises nothing; whether nothing is there is another question.
  if (code === 2 && await blank(device)) await must(['mkfs.ext4', '-q', '-L', 'paddock-data', device]);
  else if (stdout.trim() !== 'ext4') throw new Error(`${device}: must hold an ext4 filesystem or nothing, got ${stdout.trim() || 'something unknown'}; give the deployment an empty volume`);
  await mkdir(places.data, { recursive: true });
  await must(['mount', '-o', 'noatime,nodev,nosuid', device, places.data]);
}

/** Whether the first MiB can be read and holds nothing: a new EBS volume is all zeros. */
async function blank(device: string): Promise<boolean> {
  const file = await open(device);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2 ** 20), 0, 2 ** 20, 0);
    return bytesRead === 2 ** 20 && buffer.every((byte) => byte === 0);
  } finally {
    await file.close();
  }
}

async function mounted(): Promise<boolean> {
  return (await readFile('/proc/self/mounts', 'utf8')).split('\n').some((line) => line.split(' ')[1] === places.data);
}

async function appearance(device: string): Promise<void> {
  for (let tries = 0; !existsSync(device); tries++) {
    if (tries === 120) throw new Error(`${device}: must appear within a minute of its attachment, got nothing; use a Nitro instance type`);
    await pause(500);
  }
}

/** An address or a volume stays with a dying machine until it is gone, and a new one is not at once known everywhere; both pass. */
function passes(error: Error): boolean {
  return !(error instanceof AwsError) || /VolumeInUse|IncorrectState|IncorrectInstanceState|InvalidInstanceID/.test(error.code);
}
