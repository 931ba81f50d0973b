import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** Takes what the program prints, appended. */
  readonly log: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * A control group: the processes of one program of a lab, or of a whole lab, by a name that survives the process that started them.
 * A process id can be used again by another program; membership in a group cannot be lost or taken.
 */
export class Cgroup {
  private readonly folder: string;

  /** @param path below the root of the hierarchy, as in `paddock-0/region` */
  constructor(readonly path: string) {
    this.folder = join(hierarchy(), path);
  }

  /** Whether a process is in the group or in one below it. */
  alive(): boolean {
    return read(join(this.folder, 'cgroup.events')).includes('populated 1');
  }

  /** Process ids in the group itself, or in one below it. */
  processes(below = ''): number[] {
    return read(join(this.folder, below, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
  }

  /** Starts a program that outlives this process; returns once it is in the group. */
  async start({ command, args, log, cwd, env }: Program): Promise<void> {
    mkdirSync(this.folder, { recursive: true });
    mkdirSync(dirname(log), { recursive: true });
    const output = openSync(log, 'a');
    const enter = 'echo $$ >"$0" && exec "$@"';
    const child = spawn('sh', ['-c', enter, join(this.folder, 'cgroup.procs'), command, ...args],
      { detached: true, stdio: ['ignore', output, output], ...(cwd && { cwd }), ...(env && { env }) });
    child.on('error', () => {});
    child.unref();
    closeSync(output);
    while (!this.alive() && child.exitCode === null && child.signalCode === null) await sleep(5);
  }

  /** Ends every process in the group at once, as a power cut does. */
  async kill(): Promise<void> {
    if (existsSync(this.folder)) writeFileSync(join(this.folder, 'cgroup.kill'), '1');
    await this.empty(10);
  }

  /** Stops every process in the group where it is, or lets them go on. */
  freeze(still: boolean): void {
    writeFileSync(join(this.folder, 'cgroup.freeze'), still ? '1' : '0');
  }

  /** Waits until no process is left, and says whether that came true in time. */
  async empty(seconds: number): Promise<boolean> {
    for (const until = Date.now() + seconds * 1000; this.alive(); await sleep(20)) if (Date.now() > until) return false;
    return true;
  }

  /** Deletes the group; systemd-nspawn mirrors it in the hierarchies of version 1, where there are any. */
  remove(): void {
    for (const root of ['/sys/fs/cgroup/systemd', hierarchy()]) prune(join(root, this.path));
  }
}

/** Sends a signal to a process that may be gone already. */
export function signal(pid: number, name: NodeJS.Signals | number): void {
  try { process.kill(pid, name); } catch { /* gone: what was asked of it came true */ }
}

let mounted: string | undefined;

/** Where the kernel's version 2 hierarchy is mounted: alone, or beside version 1. */
function hierarchy(): string {
  return mounted ??= read('/proc/mounts').split('\n').map((line) => line.split(' ')).find(([, , type]) => type === 'cgroup2')?.[1] ?? '/sys/fs/cgroup';
}

function prune(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) if (entry.isDirectory()) prune(join(folder, entry.name));
  try { rmdirSync(folder); } catch { /* still in use: the next removal takes it */ }
}

function read(file: string): string {
  try { return readFileSync(file, 'utf8'); } catch { return ''; }
}
