import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cgroup } from './cgroup.js';
import { run } from './command.js';
import { CLAIMS, type Lab } from './lab.js';
import { inNetwork } from './network.js';

/** How long a worker takes to start, at the most, in milliseconds. */
const START = 10_000;

/** Sockets of a lab's load balancers. Not in its own folder: a socket's path has 108 characters at most. */
export const socketsOf = (lab: Lab): string => join(CLAIMS, 'sockets', lab.id);

/** An HAProxy in the lab's network. It outlives whoever started it. */
export class HAProxy {
  readonly socket: string;
  readonly directory: string;
  private readonly master: string;
  private readonly group: Cgroup;

  /** @param name of the load balancer that it plays: 32 characters at most */
  constructor(private readonly lab: Lab, readonly name: string) {
    this.directory = join(lab.directory, 'balancers', name);
    this.socket = join(socketsOf(lab), name);
    this.master = `${this.socket}.m`;
    this.group = new Cgroup(`${lab.id}/lb-${name}`);
  }

  get running(): boolean {
    return this.group.alive();
  }

  /**
   * Makes it run with a configuration: starts it, or hands its listening sockets to a new worker, while the old one finishes what it has.
   * @throws Refusal with HAProxy's own words when it refuses the configuration; then the old one runs on
   */
  async configure(config: string): Promise<void> {
    const [file, next] = [join(this.directory, 'haproxy.cfg'), join(this.directory, 'next.cfg')];
    for (const folder of [this.directory, dirname(this.socket)]) mkdirSync(folder, { recursive: true });
    writeFileSync(next, config, { mode: 0o600 });
    await run('haproxy', ['-c', '-q', '-f', next]);
    writeFileSync(file, config, { mode: 0o600 });
    const before = this.running ? await this.worker() : undefined;
    if (this.running) await ask(this.master, 'reload');
    else await this.start(file);
    for (const until = Date.now() + START; ; await sleep(20)) {
      const now = await this.worker();
      if (now !== undefined && now !== before) return;
      if (Date.now() > until) throw new Error(`haproxy ${this.name}: a worker must answer in ${START / 1000} s, got none; see ${this.log}`);
    }
  }

  /** Says some commands of its runtime API, and returns what it answered to each. */
  async tell(commands: readonly string[]): Promise<string> {
    return commands.length === 0 ? '' : ask(this.socket, commands.join(';'));
  }

  /** Everything that it counts, a value for each name, of each listener, server and group; and which worker counted. */
  async counts(): Promise<Record<string, string>[]> {
    const worker = await this.worker() ?? '';
    const [head = '', ...lines] = (await this.tell(['show stat'])).replace(/^# /, '').trim().split('\n');
    const names = head.split(',');
    return lines.filter(Boolean).map((line) => ({ worker, ...Object.fromEntries(line.split(',').map((value, index) => [names[index]!, value])) }));
  }

  async stop(): Promise<void> {
    await this.group.kill();
    this.group.remove();
    for (const socket of [this.socket, this.master]) rmSync(socket, { force: true });
    rmSync(this.directory, { recursive: true, force: true });
  }

  private get log(): string {
    return join(this.lab.directory, 'log', `balancer-${this.name}.log`);
  }

  private async start(file: string): Promise<void> {
    const [command, ...args] = inNetwork(this.lab);
    await this.group.start({ command: command!, args: [...args, 'haproxy', '-W', '-db', '-S', `${this.master},mode,600`, '-f', file], log: this.log });
  }

  /** Process id of the worker that takes new connections; undefined while none answers. */
  private async worker(): Promise<string | undefined> {
    return /^Pid: (\d+)$/m.exec(await this.tell(['show info']).catch(() => ''))?.[1];
  }
}

/** Every load balancer that has a folder: those that a hypervisor before this one started. */
export function haproxiesOnDisk(lab: Lab): HAProxy[] {
  const folder = join(lab.directory, 'balancers');
  return existsSync(folder) ? readdirSync(folder).map((name) => new HAProxy(lab, name)) : [];
}

function ask(socket: string, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const connection = connect(socket).setEncoding('utf8').setTimeout(5000, () => connection.destroy(new Error(`haproxy: ${socket} must answer within 5 s`)));
    connection.on('data', (part: string) => { answer += part; }).on('error', reject).on('close', () => resolve(answer));
    connection.end(`${line}\n`);
  });
}
