import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { MachinePlan } from '../../app-runtime/agent/machine/plan.js';
import { plan } from '../../app-runtime/agent/machine/render.js';
import { freePort, lay } from '../../test/app-runtime/ground.js';
import { shapes } from '../../test/app-runtime/machine.js';
import type { Contender } from './contenders.js';
import { writeText } from './text.js';

const HOST = 'shop.example.com';

/** A contender that runs: nginx and Gunicorn in a temporary folder, on a port of this computer alone. */
export class Stand {
  private readonly processes: ChildProcess[] = [];

  private constructor(readonly contender: Contender, readonly port: number, private readonly root: string) {}

  static async start(contender: Contender, python: string): Promise<Stand> {
    const stand = contender.config === undefined && contender.nginx !== false ? await Stand.ours(contender, python) : await Stand.theirs(contender, python);
    try {
      await stand.answers();
      return stand;
    } catch (error) {
      await stand.stop();
      throw error;
    }
  }

  /** Our own files as a machine of this computer's size gets them; only ports and paths are the ground's. */
  private static async ours(contender: Contender, python: string): Promise<Stand> {
    const shape = shapes['single-node-django-2-cores'];
    const facts = { ...shape.facts, cores: cpus().length, memoryBytes: totalmem() };
    const machine = plan({ ...shape, facts, manifest: { ...shape.manifest, static: [{ url: '/static/', directory: 'app/static' }] } });
    const ground = await lay(machine);
    const stand = new Stand(contender, ground.site, ground.root);
    const text = join(ground.root, 'opt/paddock/current/app/static');
    writeText(text);
    const marks = join(ground.root, 'run/workers');
    mkdirSync(marks, { recursive: true });
    const config = machine.files.map(({ path }) => path).find((path) => /\/gunicorn-\w+\.conf\.py$/.test(path))!;
    stand.gunicorn(python, text, ['--config', join(ground.root, config), '--bind', `unix:${ground.root}/run/gateway.sock`, '--backlog', '4096'], { ...environmentOf(machine), RUNTIME_DIRECTORY: marks });
    stand.nginx(join(ground.root, 'etc/nginx/paddock.conf'), `pid ${ground.root}/nginx.pid;`);
    return stand;
  }

  private static async theirs(contender: Contender, python: string): Promise<Stand> {
    const root = mkdtempSync(join(tmpdir(), `paddock-bench-${contender.name}-`));
    chmodSync(root, 0o755);
    mkdirSync(join(root, 'temp'));
    const [port, inner] = await Promise.all([freePort(), freePort()]);
    const stand = new Stand(contender, port, root);
    const text = join(root, 'static');
    writeText(text);
    const gateway = contender.nginx === false ? port : contender.gateway === 'port' ? inner : join(root, 'gateway.sock');
    const bind = typeof gateway === 'number' ? `127.0.0.1:${gateway}` : `unix:${gateway}`;
    stand.gunicorn(python, text, ['--bind', bind, '--no-control-socket', ...contender.arguments ?? []]);
    if (contender.config !== undefined) {
      const values: Record<string, string> = {
        root, port: String(port), gateway: String(gateway), static: text,
        temp: ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${root}/temp/${kind};`).join(' '),
      };
      const template = readFileSync(join(import.meta.dirname, 'nginx', contender.config), 'utf8');
      writeFileSync(join(root, 'nginx.conf'), template.replace(/\{\{ (\w+) \}\}/g, (_, name: string) => values[name]!));
      stand.nginx(join(root, 'nginx.conf'), '');
    }
    return stand;
  }

  private gunicorn(python: string, text: string, words: readonly string[], env: Record<string, string> = {}): void {
    this.spawn(python, ['-m', 'gunicorn', ...words, 'app:app'], { STATIC_DIR: text, PYTHONDONTWRITEBYTECODE: '1', ...env });
  }

  private nginx(config: string, directives: string): void {
    const user = process.getuid?.() === 0 ? 'user www-data;' : '';
    this.spawn('nginx', ['-c', config, '-g', `daemon off; ${user} ${directives}`], {});
  }

  private spawn(program: string, words: readonly string[], env: Record<string, string>): void {
    const said = openSync(join(this.root, 'said'), 'a');
    this.processes.push(spawn(program, words, { cwd: import.meta.dirname, env: { ...process.env, ...env }, stdio: ['ignore', said, said] }));
  }

  private async answers(): Promise<void> {
    for (let tries = 0; tries < 200; tries++, await pause(50)) {
      const codes = await Promise.all(['/json', '/wait', '/cpu', '/static/small.css', '/static/large.css'].map((path) => this.status(path)));
      if (codes.every((code) => code === 200)) return;
    }
    throw new Error(`${this.contender.name}: must answer within 10 s, got: ${readFileSync(join(this.root, 'said'), 'utf8').trim().split('\n').at(-1)}`);
  }

  private async status(path: string): Promise<number> {
    return new Promise((resolve) => {
      request({ host: '127.0.0.1', port: this.port, path, headers: { host: HOST } }, (answer) => { answer.resume(); resolve(answer.statusCode!); }).on('error', () => resolve(0)).end();
    });
  }

  /** What nginx and Gunicorn hold of the memory, each shared page counted once among those that share it. */
  memoryMegabytes(): number {
    return this.processes.flatMap(({ pid }) => family(pid!)).map(proportional).reduce((sum, bytes) => sum + bytes, 0) / 1e6;
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => new Promise<void>((ended) => {
      if (process.exitCode !== null || process.signalCode !== null) return ended();
      process.once('exit', () => ended());
      process.kill('SIGTERM');
      setTimeout(() => process.kill('SIGKILL'), 5000).unref();
    })));
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** What our unit gives the application's processes beside their paths. */
function environmentOf({ files }: MachinePlan): Record<string, string> {
  const unit = files.find(({ path }) => path.endsWith('/app.service'))!.content;
  return Object.fromEntries([...unit.matchAll(/^Environment=([^"\n]+)$/gm)].flatMap(([, words]) => words!.split(' ')).map((word) => word.split('=') as [string, string]));
}

function family(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [pid, ...(children ? children.split(' ').flatMap((child) => family(Number(child))) : [])];
}

function proportional(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/^Pss:\s+(\d+)/m)?.[1] ?? 0) * 1024;
}
