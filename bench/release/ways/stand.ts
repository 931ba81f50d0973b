import { chown, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { APP } from '../../../app-runtime/agent/machine/app-user.js';
import { must, run } from '../../../app-runtime/agent/machine/command.js';
import { ask } from '../../../app-runtime/agent/aws/http.js';
import { pause } from '../../../app-runtime/agent/aws/retry.js';
import { size } from '../../../app-runtime/gateways/gunicorn/size.js';
import { PORT } from '../contenders.js';

const NGINX = 'bench-nginx.service';

/** How long a gateway may take to answer, or a process to end, in seconds. */
const PATIENCE = 30;

/** Where a contender stands in the machine: its folders, its units, and an nginx of its own. */
export class Stand {
  readonly folder: string;
  readonly data: string;

  constructor(readonly name: string) {
    this.folder = join('/opt/bench', name);
    this.data = join('/data', name);
  }

  /** As many workers and threads as Paddock gives this machine. */
  readonly size = size({ cores: availableParallelism(), memoryBytes: totalmem() });

  async begin(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await mkdir(this.data, { recursive: true });
    await chown(this.data, APP.uid, APP.gid);
  }

  /** Writes a file from one of `etc`, every placeholder filled in. */
  async file(path: string, template: string, values: Readonly<Record<string, string | number>>): Promise<string> {
    const text = await readFile(join(dirname(process.argv[1]!), 'etc', template), 'utf8');
    await writeFile(path, text.replace(/\{\{ (\w+) \}\}/g, (_, name: string) => String(values[name])));
    return path;
  }

  /** Writes a unit, which a reboot would forget. */
  async unit(name: string, template: string, values: Readonly<Record<string, string | number>> = {}): Promise<void> {
    await this.file(join('/run/systemd/system', name), template, values);
    await must(['systemctl', 'daemon-reload']);
  }

  /** Gunicorn as its documentation has it. */
  async gunicorn(name: string, release: string, socket: string): Promise<string> {
    const unit = `${name}.service`;
    await this.unit(unit, 'gunicorn.service', { ...this.size, name, release, socket, data: this.data });
    return unit;
  }

  /** Starts nginx, or has it read another configuration. Its old workers are gone when this returns: nobody asks what they asked any more. */
  async nginx(template: string, socket: string): Promise<void> {
    const config = await this.file(join(this.folder, 'nginx.conf'), template, { port: PORT, socket });
    if ((await run(['systemctl', 'is-active', '--quiet', NGINX])).code === 0) return this.replaceWorkers(NGINX, ['systemctl', 'reload', NGINX]);
    await this.unit(NGINX, 'nginx.service', { config });
    await must(['systemctl', 'start', NGINX]);
    await this.answers({ host: '127.0.0.1', port: PORT });
  }

  /** Makes `current` name a release, from one moment to the next. */
  async link(directory: string): Promise<string> {
    const current = join(this.folder, 'current');
    await rm(`${current}.part`, { force: true });
    await symlink(directory, `${current}.part`);
    await rename(`${current}.part`, current);
    return current;
  }

  /** Runs a command after which a unit's workers are others, and waits until the ones before are gone. */
  async replaceWorkers(unit: string, command: readonly string[]): Promise<void> {
    const { stdout: main } = await run(['systemctl', 'show', '-P', 'MainPID', unit]);
    const { stdout: before } = await run(['pgrep', '-P', main.trim()]);
    await must(command);
    const pids = before.trim().split('\n').filter(Boolean);
    await until(`the workers of ${unit} must be gone`, async () => pids.every((pid) => !existsSync(`/proc/${pid}`)));
  }

  async answers(where: { readonly socketPath: string } | { readonly host: string; readonly port: number }): Promise<void> {
    await until(`${this.name} must answer`, () => ask({ ...where, path: '/', headers: { host: 'bench' } }).then(({ status }) => status === 200, () => false));
  }

  /** Takes away the units of this contender, whichever process wrote them. */
  async end(): Promise<void> {
    const { stdout } = await run(['sh', '-c', 'cd /run/systemd/system && ls -d bench-*']);
    const units = stdout.trim().split('\n').filter(Boolean);
    await run(['systemctl', 'stop', ...units]);
    for (const unit of units) await rm(join('/run/systemd/system', unit), { force: true });
    await run(['systemctl', 'daemon-reload']);
    await run(['systemctl', 'reset-failed']);
    for (const folder of [this.folder, this.data]) await rm(folder, { recursive: true, force: true });
  }
}

/** Asks until it holds. */
export async function until(must: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + PATIENCE * 1000; !await holds(); await pause(20)) {
    if (Date.now() > end) throw new Error(`${must} within ${PATIENCE} s`);
  }
}
