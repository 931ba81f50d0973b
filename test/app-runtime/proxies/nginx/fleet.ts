import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { Agent, createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { MachineContext } from '../../../../app-runtime/agent/machine/plan.js';
import { plan } from '../../../../app-runtime/agent/machine/render.js';
import { lay, type Ground } from '../../ground.js';

export interface Answer { status: number; headers: IncomingHttpHeaders; body: string }

/** An app server of a test: says its name, and stores what it is sent. */
export class AppServer {
  mode: 'well' | 'fails' | 'hangs' | 'breaks off' = 'well';
  /** What it was asked, and whether by a connection that was used before. */
  readonly asked: string[] = [];
  readonly connections = new Set<unknown>();
  private constructor(private server: Server, readonly address: string) {}

  static async start(name: string): Promise<AppServer> {
    const server = createServer({ keepAliveTimeout: 75_000 });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', 4096, done));
    const it = new AppServer(server, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (question, answer) => {
      it.asked.push(`${question.method} ${question.url}`);
      it.connections.add(question.socket);
      if (it.mode === 'hangs') return;
      if (it.mode === 'breaks off') return void question.socket.destroy();
      question.resume().on('end', () => void pause(Number(new URL(question.url!, 'http://x').searchParams.get('ms') ?? 5)).then(() => {
        answer.writeHead(it.mode === 'fails' ? 500 : 200, { 'content-type': 'application/json' });
        answer.end(JSON.stringify({ name, headers: question.headers }));
      }));
    });
    return it;
  }

  /** Ends as a machine does whose process is killed: what was under way is broken off, and nobody listens any more. */
  async kill(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}

/** A balancer's nginx as we render it, on ports of its own, with the set of servers that a test names. */
export class Fleet {
  private constructor(readonly ground: Ground, private readonly nginx: ChildProcess, private readonly said: string[]) {}

  static async start(machine: MachineContext, servers: readonly AppServer[]): Promise<Fleet> {
    const ground = await lay(plan(machine));
    write(ground, servers);
    const nginx = spawn('nginx', ['-c', join(ground.root, 'etc/nginx/paddock.conf'), '-g', `${process.getuid?.() === 0 ? 'user www-data; ' : ''}pid ${ground.root}/nginx.pid; daemon off;`], { stdio: ['ignore', 'ignore', 'pipe'] });
    const said: string[] = [];
    nginx.stderr!.setEncoding('utf8').on('data', (text: string) => said.push(text));
    const fleet = new Fleet(ground, nginx, said);
    for (let tries = 0; (await fleet.ask({ port: ground.check, proxied: false }).catch(() => undefined)) === undefined; tries++) {
      if (tries > 100) throw new Error(`nginx did not start: ${said.join('')}`);
      await pause(20);
    }
    return fleet;
  }

  get log(): string {
    return this.said.join('');
  }

  /** Names the servers, as the agent does, and waits until nginx has looked. */
  async use(servers: readonly AppServer[], closing = false): Promise<void> {
    write(this.ground, servers, closing);
    await pause(300);
  }

  /** Has nginx read its files anew, and waits until its next workers have taken over: the ones before end 100 ms after they began. */
  async reload(): Promise<void> {
    const before = this.workers();
    this.nginx.kill('SIGHUP');
    while (this.workers().every((pid) => before.includes(pid))) await pause(20);
    await pause(400);
  }

  private workers(): string[] {
    return readFileSync(`/proc/${this.nginx.pid}/task/${this.nginx.pid}/children`, 'utf8').trim().split(' ');
  }

  /** @param proxied whether the connection begins with a load balancer's proxy protocol, as the site's do */
  ask({ path = '/', method = 'GET', port = this.ground.site, headers = {}, proxied = true, agent = undefined as Agent | undefined, body = '' } = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path, method, agent: agent ?? (proxied ? visitor(false) : false), timeout: 20_000, headers: { host: 'shop.example.com', ...headers } }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => { text += part; }).on('error', reject).on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body: text }));
      });
      asked.on('error', reject).on('timeout', () => asked.destroy(new Error('no answer'))).end(body);
    });
  }

  async stats(): Promise<{ requests: number; server_errors: number; seconds: Record<string, number>; ejected: Record<string, number> }> {
    return JSON.parse((await this.ask({ port: this.ground.stats, path: '/stats', proxied: false })).body);
  }

  async end(): Promise<void> {
    if (this.nginx.exitCode === null) await new Promise((ended) => { this.nginx.on('exit', ended); this.nginx.kill('SIGTERM'); });
    this.ground.remove();
  }
}

/** Connections as a Network Load Balancer makes them for a visitor. */
export function visitor(keepAlive: boolean, from = '203.0.113.9'): Agent {
  const agent = new Agent({ keepAlive, maxSockets: keepAlive ? 32 : Infinity });
  agent.createConnection = (options: { port?: number }) => {
    const socket = connect(Number(options.port), '127.0.0.1');
    socket.write(`PROXY TCP4 ${from} 10.0.0.10 54321 80\r\n`);
    return socket;
  };
  return agent;
}

/** Visitors who ask and store in turn, on kept connections, for as long as the work takes. */
export async function underLoad(fleet: Fleet, work: () => Promise<unknown>, visitors = 16): Promise<Load> {
  const load: Load = { answered: 0, lost: [], by: new Map() };
  const agent = visitor(true);
  let on = true;
  const began = Date.now();
  const visit = async (who: number) => {
    for (let turn = 0; on; turn++) {
      const method = (who + turn) % 2 ? 'POST' : 'GET';
      const at = Date.now() - began;
      const answer = await fleet.ask({ method, path: `/${who}-${turn}`, agent, body: method === 'POST' ? 'x'.repeat(100) : '' }).catch((error: Error) => ({ status: error.message }));
      if (answer.status === 200 && 'body' in answer) {
        load.answered++;
        const { name } = JSON.parse(answer.body) as { name: string };
        load.by.set(name, (load.by.get(name) ?? 0) + 1);
      } else load.lost.push({ at, method, status: answer.status });
    }
  };
  const all = Promise.all(Array.from({ length: visitors }, (_, who) => visit(who)));
  await work();
  on = false;
  await all;
  agent.destroy();
  return load;
}

export interface Load {
  answered: number;
  /** Milliseconds since the load began, and what came instead of an answer. */
  readonly lost: { readonly at: number; readonly method: string; readonly status: number | string }[];
  readonly by: Map<string, number>;
}

function write(ground: Ground, servers: readonly AppServer[], closing = false): void {
  const file = join(ground.root, 'var/lib/paddock/servers');
  writeFileSync(`${file}.part`, (closing ? 'closing\n' : '') + servers.map(({ address }) => `${address}\n`).join(''));
  renameSync(`${file}.part`, file);
}
