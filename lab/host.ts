import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Api } from './api.js';
import { certificatePaths } from './certificate.js';
import { type Cloud, type Instance, readCloud, wanted } from './cloud.js';
import { DataPlane } from './data-plane.js';
import { say } from './events.js';
import { applyRules, ruleset } from './firewall.js';
import { Databases, isDatabase } from './database.js';
import { databaseImage, debianImage } from './image.js';
import { existingLab, type Lab } from './lab.js';
import { Machine, machinesOnDisk } from './machine.js';
import { metadataServer } from './metadata.js';
import { nextStep } from './reconcile.js';
import { signalFailure } from './signal.js';
import { Disk, disks } from './volume.js';

/** How often the host looks at its machines, and asks the region whether anything has changed, in milliseconds. */
const PERIOD = 400;
/** How old what it knows may become when nothing has, in milliseconds. To ask for all there is takes fifteen requests. */
const AGE = 5000;

/** EC2's names of processors, by Node.js's. */
const ARCHITECTURE: Partial<Record<string, string>> = { x64: 'x86_64', arm64: 'arm64' };

/**
 * The hypervisor: makes real what the region's API says there is, for as long as it runs. All its memory is on disk and in the kernel,
 * so that the next one goes on where a killed one stopped.
 */
class Host {
  private cloud: Cloud | undefined;
  private rules = '';
  private unanswered = false;
  /** How many changes the region had counted when it was asked for all there is, and when that was. */
  private changes: number | undefined;
  private asked = 0;
  /** What was said of each subject last, so that a fault that stays is said once. */
  private readonly complaints = new Map<string, string | undefined>();
  private readonly busy = new Set<string>();
  private readonly refused = new Set<string>();

  private readonly plane: DataPlane;
  private readonly databases: Databases;

  constructor(private readonly lab: Lab, private readonly api: Api, private readonly image: string) {
    this.plane = new DataPlane(lab, api);
    this.databases = new Databases(lab, api);
  }

  async run(secret: string): Promise<never> {
    metadataServer({ api: this.api, cloud: () => this.cloud, secret }).listen(80, '169.254.169.254');
    this.plane.start();
    say('host started', { lab: this.lab.name });
    for (;; await sleep(PERIOD)) await this.turn();
  }

  /** A region that does not answer says nothing of what should be: everything stays as it is. */
  private async turn(): Promise<void> {
    try {
      this.cloud = await this.ask();
      if (this.unanswered) say('region answered again');
      this.unanswered = false;
    } catch (error) {
      if (!this.unanswered) say('region did not answer', { reason: (error as Error).message });
      this.unanswered = true;
      return;
    }
    await this.attempt('rules', () => this.keepRules(this.cloud!));
    await this.attempt('load balancers', () => this.plane.keep(this.cloud!));
    this.keepMachines(this.cloud);
    for (const disk of disks(this.lab)) if (!this.cloud.volumes.some(({ id }) => id === disk.id)) await this.attempt(disk.id, () => this.forget(disk));
    await this.attempt('databases', () => this.databases.keep(this.cloud!));
    for (const { id } of this.cloud.volumes) await this.attempt(id, () => this.keepDisk(this.cloud!, id));
  }

  /** All there is: what is known of it, when nothing has changed since. */
  private async ask(): Promise<Cloud> {
    const changes = await this.api.door<number>('/lab/changes');
    if (this.cloud && changes === this.changes && Date.now() - this.asked < AGE) return this.cloud;
    const asked = Date.now();
    const cloud = await readCloud(this.api);
    [this.changes, this.asked] = [changes, asked];
    return cloud;
  }

  private async keepRules(cloud: Cloud): Promise<void> {
    const rules = ruleset(this.lab, cloud);
    if (rules === this.rules) return;
    await applyRules(this.lab, rules);
    this.rules = rules;
  }

  /** Machines change side by side: one that boots or stops holds up no other. */
  private keepMachines(cloud: Cloud): void {
    const ids = new Set([...cloud.instances.filter(wanted).map(({ id }) => id), ...machinesOnDisk(this.lab).map(({ id }) => id)]);
    for (const id of ids) {
      if (this.busy.has(id)) continue;
      const machine = new Machine(this.lab, id);
      const instance = cloud.instances.find((candidate) => candidate.id === id);
      const step = nextStep(instance, machine.power);
      if (step === 'none') continue;
      this.busy.add(id);
      void this.attempt(id, () => this.take(step, machine, instance)).finally(() => this.busy.delete(id));
    }
  }

  private async take(step: Exclude<ReturnType<typeof nextStep>, 'none'>, machine: Machine, instance: Instance | undefined): Promise<void> {
    if (step === 'boot') return this.boot(machine, instance!);
    if (step === 'report') {
      say('machine died', { instance: machine.id, console: machine.lastLine });
      await this.api.query('ec2', 'TerminateInstances', { 'InstanceId.1': machine.id });
      return;
    }
    if (machine.power === 'on') {
      say('machine asked to power off', { instance: machine.id });
      await machine.powerOff();
    }
    if (step === 'power off') return;
    await machine.remove();
    say('machine removed', { instance: machine.id });
  }

  private async boot(machine: Machine, instance: Instance): Promise<void> {
    const own = ARCHITECTURE[process.arch];
    if (instance.architecture !== own) {
      return this.refuse(instance, `this computer is ${own} and cannot boot an ${instance.architecture} machine; deploy that architecture to AWS, or rehearse with ${own}`);
    }
    const subnet = this.cloud!.subnets.find(({ id }) => id === instance.subnet);
    if (!subnet) return this.refuse(instance, 'the instance is in no subnet; launch it in one');
    const started = Date.now();
    await machine.boot(instance, subnet, isDatabase(instance) ? await this.databaseImage() : this.image);
    say('machine powered on', { instance: instance.id, address: instance.privateIp, zone: instance.zone, milliseconds: Date.now() - started });
  }

  /** The first database of this computer waits a while for it, and the log says for what. */
  private databaseImage(): Promise<string> {
    let told = false;
    return databaseImage(() => {
      if (!told) say('database image being made');
      told = true;
    });
  }

  /** The stack that waits for the machine hears of it at once, not when its time is up. */
  private async refuse(instance: Instance, reason: string): Promise<void> {
    if (this.refused.has(instance.id)) return;
    this.refused.add(instance.id);
    say('machine refused', { instance: instance.id, reason });
    await signalFailure(this.api, instance, 'cannot-boot-here');
  }

  private async keepDisk(cloud: Cloud, id: string): Promise<void> {
    const volume = cloud.volumes.find((candidate) => candidate.id === id)!;
    const instance = cloud.instances.find((candidate) => candidate.id === volume.instance && wanted(candidate));
    const isRoot = instance?.rootDevice === volume.device;
    const disk = new Disk(this.lab, id);
    const { holder } = disk;
    if (holder !== undefined && holder !== instance?.id) await this.unplug(disk, holder);
    if (!instance || isRoot || (disk.holder !== undefined && disk.holder !== instance.id)) return;
    if (await disk.plugInto(new Machine(this.lab, instance.id), volume)) say('volume attached', { volume: id, instance: instance.id });
  }

  /** A machine that is going down lets go of its disks first, as on AWS. */
  private async unplug(disk: Disk, holder: string): Promise<void> {
    const machine = new Machine(this.lab, holder);
    const going = !wanted(this.cloud?.instances.find(({ id }) => id === holder)) && machine.power !== 'absent';
    if (going) return;
    await disk.unplug(machine);
    say('volume detached', { volume: disk.id, instance: holder });
  }

  private async forget(disk: Disk): Promise<void> {
    if (disk.holder !== undefined) return this.unplug(disk, disk.holder);
    disk.delete();
    say('volume deleted', { volume: disk.id });
  }

  private async attempt(subject: string, work: () => Promise<void>): Promise<void> {
    const reason = await work().then(() => undefined, (error: Error) => error.message);
    if (reason !== undefined && reason !== this.complaints.get(subject)) say('step failed', { subject, reason });
    this.complaints.set(subject, reason);
  }
}

const lab = existingLab(process.argv[2] ?? 'default');
const { authority } = certificatePaths(lab);
const api = new Api({ url: `https://${lab.host}/`, authority: readFileSync(authority, 'utf8') });
await new Host(lab, api, await debianImage()).run(readFileSync(join(lab.directory, 'certificates', 'authority.key'), 'utf8'));
