import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import type { MachineSettings } from '../settings.js';
import { type Aws, AwsError } from './aws.js';
import { must, run } from './command.js';
import { log } from './log.js';
import { places } from './places.js';
import { pause, retry } from './retry.js';

const EC2 = '2016-11-15';

/** How long a dead machine may hold the address or the volume before AWS takes them from it, in seconds. */
const HANDOVER = 300;

/** Takes the deployment's Elastic IP, from whichever machine had it. */
export async function claimAddress(aws: Aws, settings: MachineSettings, instanceId: string): Promise<void> {
  const { allocationId: AllocationId, publicIp } = settings.address;
  await retry(HANDOVER, () => aws.query('ec2', 'AssociateAddress', EC2, { AllocationId, InstanceId: instanceId, AllowReassociation: 'true' }));
  log('claimed address', { publicIp });
}

/** Attaches the data volume, makes a filesystem on it the first time and only then, and mounts it. */
export async function claimVolume(aws: Aws, settings: MachineSettings, instanceId: string): Promise<void> {
  const { id } = settings.volume;
  // The name that udev gives an EBS volume on every Nitro instance; the kernel's own nvme numbers change from boot to boot.
  const device = `/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${id.replace('-', '')}`;
  if (!existsSync(device)) {
    await retry(HANDOVER, () => aws.query('ec2', 'AttachVolume', EC2, { VolumeId: id, InstanceId: instanceId, Device: '/dev/sdf' }), stillHeld);
    await appearance(device);
  }
  if (!(await mounted())) await mount(device);
  await mkdir(places.keep, { recursive: true, mode: 0o700 });
  log('claimed volume', { volume: id });
}

async function mount(device: string): Promise<void> {
  // blkid ends with 2 when it finds nothing at all; any other signature is somebody's data and is left alone.
  const { code, stdout } = await run(['blkid', '-p', '-o', 'value', '-s', 'TYPE', device]);
  if (code === 2) await must(['mkfs.ext4', '-q', '-L', 'paddock-data', device]);
  else if (stdout.trim() !== 'ext4') throw new Error(`${device}: must hold an ext4 filesystem or none, got ${stdout.trim() || 'something unknown'}; give the deployment an empty volume`);
  await mkdir(places.data, { recursive: true });
  await must(['mount', '-o', 'noatime,nodev,nosuid', device, places.data]);
  await must(['resize2fs', device]);
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

/** A volume stays with a dying machine until it is gone, and that passes; so does whatever the client itself deems passing. */
function stillHeld(error: Error): boolean {
  return !(error instanceof AwsError) || /VolumeInUse|IncorrectState/.test(error.code);
}
