import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { ROLE_TAG } from '../lib/tags.js';
import type { Api } from './api.js';
import { type Cloud, type Instance, wanted } from './cloud.js';
import { run, succeeds } from './command.js';
import { say } from './events.js';
import type { Lab } from './lab.js';
import { Machine } from './machine.js';
import { Disk, snapshotFile } from './volume.js';

/** Where the database's files are in its machine. */
const MOUNT = '/srv/rds';

/** What the region wants of disks. */
interface Wanted {
  /** By the snapshot that is to be: the volume that it is a copy of. */
  readonly copies: Readonly<Record<string, string>>;
}

export const isDatabase = ({ tags }: Pick<Instance, 'tags'>): boolean => tags[ROLE_TAG] === 'database';

/** What RDS's own hosts do beside PostgreSQL: they say when it answers, and copy its disk. */
export class Databases {
  private readonly copied = new Set<string>();

  constructor(private readonly lab: Lab, private readonly api: Api) {}

  async keep(cloud: Cloud): Promise<void> {
    const running = cloud.instances.filter((instance) => wanted(instance) && isDatabase(instance)).map(({ id }) => new Machine(this.lab, id))
      .filter((machine) => machine.power === 'on' && machine.leader !== undefined);
    const listening: string[] = [];
    for (const machine of running) if (await answers(machine)) listening.push(machine.id);
    const { copies } = await this.api.door<Wanted>('/lab/databases', { listening, copied: [...this.copied] });
    this.copied.clear();
    for (const [snapshot, volume] of Object.entries(copies)) if (await this.copy(snapshot, volume, running)) this.copied.add(snapshot);
  }

  /**
   * As the disk is at one moment: a machine that runs on writes nothing meanwhile, and PostgreSQL finds its way from there as after a power cut.
   * One that goes down writes until it has let go of the disk, and could not be told to write again.
   * @returns whether the copy is there
   */
  private async copy(snapshot: string, volume: string, running: readonly Machine[]): Promise<boolean> {
    const file = snapshotFile(this.lab, snapshot);
    if (existsSync(file)) return true;
    const { file: source, holder } = new Disk(this.lab, volume);
    const machine = running.find(({ id }) => id === holder);
    if (holder !== undefined && machine === undefined) return false;
    const still = async (flag: '--freeze' | '--unfreeze') => { if (machine?.leader !== undefined) await run(...machine.enter(['fsfreeze', flag, MOUNT])); };
    mkdirSync(dirname(file), { recursive: true });
    try {
      await still('--freeze');
      await run('cp', ['--sparse=always', source, `${file}.part`]);
    } finally {
      // Even where freezing failed: a host that was killed in between left it frozen.
      await still('--unfreeze');
    }
    renameSync(`${file}.part`, file);
    say('disk copied', { snapshot, volume });
    return true;
  }
}

/** One that hangs must not hold up what else the host does. */
function answers(machine: Machine): Promise<boolean> {
  return succeeds(...machine.enter(['pg_isready', '--quiet', '--host=127.0.0.1', '--timeout=1']));
}
