import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.js';
import type { Volume } from './cloud.js';
import type { Lab } from './lab.js';
import type { Machine } from './machine.js';

/** A data volume's disk: a sparse file, and a loop device over it while a machine holds it. The file outlives its machines. */
export class Disk {
  readonly file: string;
  private readonly holderFile: string;

  constructor(private readonly lab: Lab, readonly id: string) {
    this.file = join(volumesDirectory(lab), id);
    this.holderFile = `${this.file}.holder`;
  }

  /** Id of the instance whose machine has the disk; undefined while none has. */
  get holder(): string | undefined {
    return existsSync(this.holderFile) ? readFileSync(this.holderFile, 'utf8') : undefined;
  }

  /** Plugs the disk into a machine that runs, at the next free NVMe name, and under the name that EC2's udev rules give it. */
  async plugInto(machine: Machine, volume: Volume): Promise<boolean> {
    const dev = devices(machine);
    const link = `disk/by-id/nvme-Amazon_Elastic_Block_Store_${this.id.replace('-', '')}`;
    if (!dev || (this.holder === machine.id && existsSync(join(dev, 'disk/by-id', link.split('/').at(-1)!)))) return false;
    if (!existsSync(this.file)) await this.begin(volume);
    if (statSync(this.file).size < volume.gib * 2 ** 30) truncateSync(this.file, volume.gib * 2 ** 30);
    writeFileSync(this.holderFile, machine.id);
    const loop = await this.loop() ?? await run('losetup', ['--find', '--show', this.file]);
    const name = nextName(dev);
    mkdirSync(join(dev, 'disk/by-id'), { recursive: true });
    await run('mknod', ['--mode=660', join(dev, name), 'b', '7', loop.replace('/dev/loop', '')]);
    // The last step makes the disk visible, whole.
    await run('ln', ['-sfn', `../../${name}`, join(dev, link)]);
    return true;
  }

  /** Takes the disk away from whoever has it. */
  async unplug(holder: Machine | undefined): Promise<void> {
    const dev = holder && devices(holder);
    const link = dev && join(dev, 'disk/by-id', `nvme-Amazon_Elastic_Block_Store_${this.id.replace('-', '')}`);
    if (link && existsSync(link)) await run('sh', ['-c', 'rm -f "$(realpath "$0")" "$0"', link]);
    const loop = await this.loop();
    if (loop) await run('losetup', ['--detach', loop]);
    // A machine that still has it mounted keeps it until it lets go: two writers would ruin it.
    if (!await this.loop()) rmSync(this.holderFile, { force: true });
  }

  /** Empty, or as its snapshot is. */
  private async begin({ snapshot }: Volume): Promise<void> {
    const origin = snapshotFile(this.lab, snapshot);
    if (snapshot === '' || !existsSync(origin)) return writeFileSync(this.file, '');
    const part = join(snapshotsDirectory(this.lab), `${this.id}.part`);
    await run('cp', ['--sparse=always', origin, part]);
    renameSync(part, this.file);
  }

  delete(): void {
    rmSync(this.file, { force: true });
  }

  private async loop(): Promise<string | undefined> {
    return (await run('losetup', ['--noheadings', '--output', 'NAME', '--associated', this.file])).trim().split('\n')[0] || undefined;
  }
}

/** Every disk that has a file. */
export function disks(lab: Lab): Disk[] {
  const folder = volumesDirectory(lab);
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder).filter((entry) => !entry.endsWith('.holder')).map((id) => new Disk(lab, id));
}

/** Loop devices over a lab's files, wherever they came from. */
export async function detachDisks(lab: Lab): Promise<void> {
  const lines = (await run('losetup', ['--noheadings', '--output', 'NAME,BACK-FILE'])).split('\n');
  for (const [loop, file] of lines.map((line) => line.trim().split(/\s+/))) {
    if (file?.startsWith(`${volumesDirectory(lab)}/`)) await run('losetup', ['--detach', loop!]);
  }
}

const snapshotsDirectory = (lab: Lab): string => join(lab.directory, 'snapshots');

/** A copy of a disk, by the id of its snapshot. */
export const snapshotFile = (lab: Lab, id: string): string => join(snapshotsDirectory(lab), id);

const volumesDirectory = (lab: Lab): string => join(lab.directory, 'volumes');

/** The machine's own /dev, which is there once its first process has made it; seen through that process. */
function devices(machine: Machine): string | undefined {
  const dev = machine.leader && `/proc/${machine.leader}/root/dev`;
  return dev && existsSync(join(dev, 'null')) ? dev : undefined;
}

/** The root disk is nvme0n1 on Nitro, so data disks start at 1. */
function nextName(dev: string): string {
  for (let index = 1; ; index++) if (!existsSync(join(dev, `nvme${index}n1`))) return `nvme${index}n1`;
}
