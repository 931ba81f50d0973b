import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { MachineContext } from '../../../app-runtime/agent/machine/plan.js';
import { plan } from '../../../app-runtime/agent/machine/render.js';
import { PROXIES, type ProxyName } from '../../../app-runtime/settings.js';
import { type Ground, lay } from '../ground.js';

export const HOST = 'shop.example.com';

/** Every proxy, for tests that each of them must pass. */
export const each = PROXIES;

export interface Answer { status: number; headers: IncomingHttpHeaders; body: string }

/** What the gateway says that it was sent. */
export interface Heard { method: string; url: string; headers: Record<string, string>; body: string }

/** The same machine with another proxy. */
export function behind(proxy: ProxyName, context: MachineContext): MachineContext {
  if (context.settings.role === 'balancer') throw new Error('a balancer is nginx');
  return { ...context, settings: { ...context.settings, proxy } };
}

const user = process.getuid?.() === 0;

/** How each runs in front, as the user that its unit names. */
const commands: Readonly<Record<ProxyName, (root: string) => readonly string[]>> = {
  nginx: (root) => ['nginx', '-c', join(root, 'etc/nginx/paddock.conf'), '-g', `${user ? 'user www-data; ' : ''}pid ${root}/nginx.pid; daemon off;`],
  apache: (root) => ['/usr/sbin/apache2', '-D', 'FOREGROUND', '-d', join(root, 'etc/apache2'), '-f', 'paddock.conf', '-C', `DefaultRuntimeDir ${root}/run`, '-C', `PidFile ${root}/run/apache2.pid`, ...(user ? ['-c', 'User www-data', '-c', 'Group www-data'] : [])],
};

/** How each judges its files. */
const judges: typeof commands = {
  nginx: (root) => ['nginx', '-t', '-q', '-c', join(root, 'etc/nginx/paddock.conf'), '-g', `pid ${root}/nginx.pid;`],
  apache: (root) => ['/usr/sbin/apache2', '-t', '-d', join(root, 'etc/apache2'), '-f', 'paddock.conf'],
};

/** What a proxy says of a machine's files, and how it ends. */
export async function judged(proxy: ProxyName, machine: MachineContext): Promise<{ status: number | null; said: string }> {
  const copy = await lay(plan(machine));
  const [command, ...words] = judges[proxy](copy.root);
  const { stderr, status } = spawnSync(command!, words, { encoding: 'utf8' });
  copy.remove();
  return { status, said: stderr.replace(/^.*exceed open file resource limit.*\n|^Syntax OK\n/gm, '') };
}

/** A machine's proxy as we render it, on ports of its own, in front of a gateway that says back what it was sent. */
export class Site {
  /** Whether the gateway breaks off the next requests. */
  breaksOff = false;
  /** What reached the gateway. */
  arrived: string[] = [];
  private gateway: Server | undefined;

  private constructor(private readonly proxy: ProxyName, readonly ground: Ground, private readonly daemon: ChildProcess) {}

  /** The proxy's first process. */
  get pid(): number {
    return this.daemon.pid!;
  }

  static async start(proxy: ProxyName, context: MachineContext): Promise<Site> {
    const ground = await lay(plan(behind(proxy, context)));
    const [command, ...words] = commands[proxy](ground.root);
    const log = openSync(join(ground.root, 'access.log'), 'a', 0o666);
    chmodSync(join(ground.root, 'access.log'), 0o666);
    chmodSync(join(ground.root, 'run'), 0o777);
    const daemon = spawn(command!, words, { stdio: ['ignore', log, 'pipe'] });
    const site = new Site(proxy, ground, daemon);
    await site.open();
    for (let tries = 0; (await site.get('/').catch(() => undefined)) === undefined; tries++) {
      if (tries > 250) throw new Error(`${proxy} did not start: ${String(daemon.stderr?.read())}`);
      await pause(20);
    }
    return site;
  }

  async end(): Promise<void> {
    if (this.daemon.exitCode === null) await new Promise((ended) => { this.daemon.on('exit', ended); this.daemon.kill('SIGTERM'); });
    await this.close();
    this.ground.remove();
  }

  /** Opens the gateway, which takes requests from then on. */
  async open(): Promise<void> {
    this.gateway = await this.listen('gateway.sock');
  }

  async close(): Promise<void> {
    this.gateway?.closeAllConnections();
    await new Promise<void>((closed) => { if (this.gateway) this.gateway.close(() => closed()); else closed(); });
  }

  /** A gateway at a socket of that name. */
  listen(name: string): Promise<Server> {
    const server = createServer((asked, answer) => {
      this.arrived.push(`${asked.method} ${asked.url}`);
      const lead = asked.headers['x-lead'];
      if (lead) answer.setHeader('x-accel-redirect', lead);
      if (this.breaksOff) return void asked.socket.destroy();
      let body = '';
      asked.setEncoding('latin1').on('data', (part: string) => { body += part; }).on('end', () => void pause(Number(asked.headers['x-wait'] ?? 0)).then(() => {
        answer.setHeader('content-type', 'application/json').end(JSON.stringify({ method: asked.method, url: asked.url, headers: asked.headers, body }));
      }));
    });
    const socket = join(this.ground.root, 'run', name);
    return new Promise((resolve) => server.listen(socket, () => { chmodSync(socket, 0o777); resolve(server); }));
  }

  /** Has the proxy read its files again, as its unit's ExecReload does. */
  reload(): void {
    this.daemon.kill(this.proxy === 'nginx' ? 'SIGHUP' : 'SIGUSR1');
  }

  put(link: 'current' | 'other' | 'third', name: string, content: string | Buffer): void {
    const file = join(this.ground.root, 'opt/paddock', link, 'app/staticfiles', name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  get(path: string, headers: Record<string, string | string[]> = {}, port = this.ground.site, method = 'GET', sent?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, method, agent: false, headers: { host: HOST, ...headers } }, (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (part: string) => { body += part; }).on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body }));
      }).on('error', reject).end(sent);
    });
  }

  /** What the gateway was sent of a request. */
  async heard(path: string, headers: Record<string, string> = {}, port?: number): Promise<Heard> {
    return JSON.parse((await this.get(path, headers, port)).body) as Heard;
  }

  /** The line of the log that holds a word. */
  async logged(word: string): Promise<Record<string, unknown>> {
    for (let tries = 0; ; tries++) {
      const line = readFileSync(join(this.ground.root, 'access.log'), 'utf8').split('\n').find((text) => text.includes(word));
      if (line !== undefined) return JSON.parse(line) as Record<string, unknown>;
      if (tries > 100) throw new Error(`the log must have a line with ${word}, got none`);
      await pause(20);
    }
  }
}
