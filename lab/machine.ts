import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { refuse } from '../lib/refuse.js';
import { Cgroup, signal } from './cgroup.js';
import type { Instance, Subnet } from './cloud.js';
import { run, succeeds } from './command.js';
import { furnish } from './furnish.js';
import type { Lab } from './lab.js';
import { inNetwork } from './network.js';

/** The real-time signal by which systemd is told to power off, from its manual: SIGRTMIN+4. */
const POWER_OFF = 34 + 4;

/** Of how many dead machines the logs are kept. */
const KEPT_DEAD = 20;

/** What systemd-nspawn ends with when its machine asked to be started again. */
const ASKED_TO_REBOOT = '133';

/** Interface names have 15 characters at most, so a machine's own name is the end of its instance id. */
const shortName = (id: string): string => `m-${id.slice(-8)}`;
export const linkOf = (id: string): string => `ve-${shortName(id)}`;

export type Power = 'absent' | 'on' | 'rebooting' | 'off' | 'dead';

/** A machine that plays an instance: an overlay on the image, a control group, and what they say of its state. */
export class Machine {
  readonly directory: string;
  readonly root: string;
  private readonly group: Cgroup;

  constructor(private readonly lab: Lab, readonly id: string) {
    this.directory = join(lab.directory, 'machines', id);
    this.root = join(this.directory, 'root');
    this.group = new Cgroup(`${lab.id}/${shortName(id)}`);
  }

  /** `off` was asked for; `dead` was not. */
  get power(): Power {
    if (!existsSync(join(this.directory, 'started'))) return 'absent';
    if (this.group.alive()) return 'on';
    if (existsSync(join(this.directory, 'off'))) return 'off';
    if (existsSync(join(this.directory, 'reset'))) return 'rebooting';
    return read(join(this.directory, 'exit')).trim() === ASKED_TO_REBOOT ? 'rebooting' : 'dead';
  }

  /** The machine's first process as this computer sees it; undefined before it runs. */
  get leader(): number | undefined {
    return [...this.group.processes('payload/init.scope'), ...this.group.processes('payload')]
      .find((pid) => /^NSpid:.*\t1$/m.test(read(`/proc/${pid}/status`)));
  }

  /** Powers on. What was on its disk before is there again. */
  async boot(instance: Instance, subnet: Subnet, image: string): Promise<void> {
    if (!existsSync(join(this.directory, 'started'))) furnish(this.lab, this.directory, instance, subnet, image);
    await this.mount(image);
    await this.clear();
    for (const mark of ['exit', 'off', 'reset']) rmSync(join(this.directory, mark), { force: true });
    const nspawn = ['systemd-nspawn', '--quiet', '--directory', this.root, '--boot', '--register=no', '--keep-unit', '--resolv-conf=off', '--timezone=off',
      '--link-journal=no', `--machine=${shortName(this.id)}`, `--hostname=${hostname(instance)}`, '--network-veth'];
    const [enter, ...args] = inNetwork(this.lab);
    await this.group.start({
      command: 'sh',
      args: ['-c', '"$@"; echo $? >"$0"', join(this.directory, 'exit'), enter!, ...args, ...nspawn],
      log: join(this.directory, 'console'),
      env: { ...process.env, SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' },
    });
    writeFileSync(join(this.directory, 'started'), '');
    await this.connect(instance);
  }

  /** Switches off as the power button does, and as the plug does when that takes too long. */
  async powerOff(): Promise<void> {
    writeFileSync(join(this.directory, 'off'), '');
    if (this.leader) signal(this.leader, POWER_OFF);
    if (!this.leader || !await this.group.empty(15)) await this.group.kill();
  }

  /** A power cut. */
  async cutPower(): Promise<void> {
    await this.group.kill();
  }

  /** A machine that hangs: it has its power and its addresses, and nothing in it moves until it is let go. */
  hang(still: boolean): void {
    this.group.freeze(still);
  }

  /** A power cut after which it is to boot again. The mark comes first, or a hypervisor that looks between would report a death. */
  async reset(): Promise<void> {
    writeFileSync(join(this.directory, 'reset'), '');
    await this.cutPower();
  }

  /** Deletes the machine; its console and journal stay readable among the dead. */
  async remove(): Promise<void> {
    await this.group.kill();
    await this.keepLogs();
    while (await succeeds('mountpoint', ['-q', this.root])) await run('umount', [this.root]);
    await this.clear();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /**
   * The command that runs another in the machine.
   * @throws Refusal when the machine does not run
   */
  enter(command: readonly string[]): [string, string[]] {
    const leader = this.leader ?? refuse(`machine ${this.id}`, 'it must run', this.power, 'see npm run lab -- status');
    // The shell stays outside of the machine's processes. Where nsenter waits instead, it stops with its child when the machine goes down,
    // is never continued, and the machine cannot end before its last process is waited for.
    return ['nsenter', ['--target', String(leader), '--all', '--no-fork', '--', 'sh', '-c', '"$@"; exit $?', 'sh', ...command]];
  }

  /** The last line on its console, without the colours. */
  get lastLine(): string {
    return read(join(this.directory, 'console')).replace(/\x1b[[\]()][\d;?!]*[A-Za-z]?/g, '').trim().split('\n').at(-1)!.trim();
  }

  /**
   * Lays the machine's own disk over the image. What it syncs stays in this computer's memory for a while: a power cut of a machine takes
   * nothing of that, and writing it through would stop every other machine while one is installed or taken away.
   */
  private async mount(image: string): Promise<void> {
    if (await succeeds('mountpoint', ['-q', this.root])) return;
    const [upper, work] = [join(this.directory, 'upper'), join(this.directory, 'work')];
    // The kernel's mark of a disk that may have lost something, which this one has not while this computer runs.
    rmSync(join(work, 'work', 'incompat'), { recursive: true, force: true });
    await run('mount', ['-t', 'overlay', 'overlay', '-o', `lowerdir=${image},upperdir=${upper},workdir=${work},volatile`, this.root]);
  }

  /** Takes away what systemd-nspawn leaves when it is killed, and what it would not start beside. The kernel takes links away later than processes. */
  private async clear(): Promise<void> {
    await succeeds('ip', ['-n', this.lab.id, 'link', 'delete', linkOf(this.id)]);
    for (const place of ['propagate', 'unix-export']) {
      const folder = `/run/systemd/nspawn/${place}/${shortName(this.id)}`;
      while (await succeeds('mountpoint', ['-q', folder])) await run('umount', [folder]);
      rmSync(folder, { recursive: true, force: true });
    }
    this.group.remove();
  }

  /** Waits for the machine's link, which systemd-nspawn makes anew at each boot, and routes its address there. */
  private async connect(instance: Instance): Promise<void> {
    const link = linkOf(this.id);
    for (const until = Date.now() + 10_000; this.group.alive() && Date.now() < until; await sleep(20)) {
      if (!await succeeds('ip', ['-n', this.lab.id, 'link', 'set', link, 'up'])) continue;
      await run('ip', ['-n', this.lab.id, 'route', 'replace', `${instance.privateIp}/32`, 'dev', link]);
      const [enter, ...args] = inNetwork(this.lab);
      // Linux answers for others only after up to 0.8 s.
      await run(enter!, [...args, 'sysctl', '-qw', `net.ipv4.neigh.${link}.proxy_delay=0`]);
      return;
    }
  }

  private async keepLogs(): Promise<void> {
    if (!existsSync(join(this.directory, 'started'))) return;
    const dead = deadDirectory(this.lab, this.id);
    mkdirSync(dead, { recursive: true });
    if (existsSync(join(this.directory, 'console'))) renameSync(join(this.directory, 'console'), join(dead, 'console'));
    const journal = await run('chroot', [this.root, 'journalctl', '--directory=/var/log/journal', '--no-pager', '-o', 'short-iso-precise']).catch(() => '');
    writeFileSync(join(dead, 'journal'), journal + '\n');
    for (const old of deadMachines(this.lab).slice(0, -KEPT_DEAD)) rmSync(deadDirectory(this.lab, old), { recursive: true, force: true });
  }
}

export const deadDirectory = (lab: Lab, id: string): string => join(lab.directory, 'dead', id);

/** Every machine that has a folder, whatever its state. */
export function machinesOnDisk(lab: Lab): Machine[] {
  return entries(join(lab.directory, 'machines')).map((id) => new Machine(lab, id));
}

/** Ids of machines whose logs are kept, the latest dead last. */
export function deadMachines(lab: Lab): string[] {
  const died = (id: string) => statSync(deadDirectory(lab, id)).mtimeMs;
  return entries(join(lab.directory, 'dead')).sort((one, other) => died(one) - died(other));
}

export const hostname = ({ privateIp }: Instance): string => `ip-${privateIp.replaceAll('.', '-')}`;

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function read(file: string): string {
  try { return readFileSync(file, 'utf8'); } catch { return ''; }
}
