import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';

/** A request and what came of it. Times in milliseconds since 1970. */
export interface Asked {
  /** What a POST had the application store; undefined for a GET. */
  readonly id?: string;
  readonly began: number;
  readonly ended: number;
  /** Release that a good answer named. */
  readonly release?: string;
  /** Server that an answer named, be it good or not. */
  readonly server?: string;
  /** Why there was no good answer: `status 502`, or the error of the connection. */
  readonly fault?: string;
}

/** Where a site answers. */
export interface Place {
  readonly address: string;
  readonly port: number;
  /** The host that is asked for. @default - the address */
  readonly host?: string;
  /** PEM of the authority that signed its certificate; with it, it is asked by TLS. @default - by plain HTTP */
  readonly authority?: string;
}

/** How many visitors there are, and how fast. */
export interface Pace {
  /** Connections, each of which is kept for its next request. @default 16 */
  readonly connections?: number;
  /** A connection begins a request this often at most, in milliseconds: visitors of a site that is down do not come faster. @default 25 */
  readonly every?: number;
  /** A connection is closed after so many requests, between two of them, and the next one is made: whoever is new behind the address gets its share. @default - never */
  readonly requests?: number;
  /** Path that works for so many milliseconds and names its release as JSON. @default - `/?wait=` */
  readonly path?: (wait: number) => string;
}

/** What two cores carry beside a fleet's machines: 160 requests a second, on connections that live for 5 seconds. */
export const FLEET: Pace = { connections: 16, every: 100, requests: 50 };

/** When an answer is no longer waited for, in milliseconds: later than any proxy gives up. */
const PATIENCE = 60_000;

/** Requests of every kind, over and over; none is ever sent twice. */
export class Load {
  readonly asked: Asked[] = [];
  /** How many had no good answer so far. */
  faults = 0;
  /** Tells this load's stored names from those of others. */
  readonly mark = Date.now().toString(36);
  private readonly connections: Promise<void>[];
  private readonly every: number;
  private readonly path: (wait: number) => string;
  private count = 0;
  private going = true;

  constructor(private readonly place: Place, { connections = 16, every = 25, requests = Infinity, path = (wait) => `/?wait=${wait}` }: Pace = {}) {
    this.every = every;
    this.path = path;
    this.connections = Array.from({ length: connections }, (_, index) => this.visit(index / connections, requests));
  }

  /** Begins no more requests, and waits for the last answer. */
  async end(): Promise<readonly Asked[]> {
    this.going = false;
    await Promise.all(this.connections);
    return this.asked;
  }

  /** @param part of the pace by which it is late, so that visitors do not come all at once */
  private async visit(part: number, requests: number): Promise<void> {
    await pause(part * this.every);
    // The first connection ends before its time by the same part: neither are they made all at once.
    for (let left = requests * (1 - part); this.going; left = requests) await this.connect(left);
  }

  private async connect(requests: number): Promise<void> {
    const agent = agentFor(this.place);
    for (let left = requests; this.going && left > 0; left--) {
      const asked = await this.ask(agent);
      this.asked.push(asked);
      if (asked.fault !== undefined) this.faults++;
      await pause(Math.max(0, asked.began + this.every - Date.now()));
    }
    agent.destroy();
  }

  private async ask(agent: Agent): Promise<Asked> {
    const number = this.count++;
    const id = number % 2 === 0 ? undefined : `${this.mark}-${number}`;
    const began = Date.now();
    const said = await exchange(agent, this.place, this.path(wait()), id);
    return { ...id !== undefined && { id }, began, ended: Date.now(), ...said };
  }
}

/** Asks once, on a connection of its own: a request that takes long, beside the others. */
export async function askOnce(place: Place, path: string): Promise<Asked> {
  const agent = agentFor(place);
  const began = Date.now();
  const said = await exchange(agent, place, path, undefined);
  agent.destroy();
  return { began, ended: Date.now(), ...said };
}

/** Where a URL leads. */
export function placeOf(url: string): Place {
  const { hostname, port } = new URL(url);
  return { address: hostname, port: Number(port || 80) };
}

/** How long a request works, in milliseconds: three of five not at all, the others as long as pages do, one in fifty as long as a report. */
function wait(): number {
  const chance = Math.random();
  if (chance < 0.02) return 300;
  return chance < 0.4 ? 5 + Math.floor(Math.random() * 46) : 0;
}

/** What an answer says. */
type Told = Pick<Asked, 'release' | 'server' | 'fault'>;

function agentFor({ address, host = address, authority }: Place): Agent {
  const one = { keepAlive: true, maxSockets: 1 };
  return authority === undefined ? new Agent(one) : new TlsAgent({ ...one, ca: authority, servername: host });
}

function exchange(agent: Agent, { address, port, host = address, authority }: Place, path: string, body: string | undefined): Promise<Told> {
  const send = authority === undefined ? request : tlsRequest;
  return new Promise((resolve) => {
    const headers = { host, ...body !== undefined && { 'content-length': Buffer.byteLength(body) } };
    const sent = send({ agent, host: address, port, path, method: body === undefined ? 'GET' : 'POST', headers, timeout: PATIENCE }, (answer) => read(answer).then(resolve));
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)));
    sent.on('error', (error: NodeJS.ErrnoException) => resolve({ fault: faultOf(sent, error) }));
    sent.end(body);
  });
}

async function read(answer: IncomingMessage): Promise<Told> {
  try {
    let body = '';
    for await (const part of answer.setEncoding('utf8')) body += part as string;
    if (answer.statusCode !== 200) return { ...named(body), fault: `status ${answer.statusCode}` };
    const { release, server } = JSON.parse(body) as { release: string; server?: string };
    return { release, ...server !== undefined && { server } };
  } catch (error) {
    return { fault: `broken answer: ${(error as Error).message}` };
  }
}

/** An application that fails may say where; a proxy's page says nothing. */
function named(body: string): Pick<Asked, 'server'> {
  const [, server] = /"server": "([^"]+)"/.exec(body) ?? [];
  return server === undefined ? {} : { server };
}

/** On a connection that was used before, the other end may have closed it just as the request was sent; on a fresh one it had no reason to. */
function faultOf(sent: ClientRequest, error: NodeJS.ErrnoException): string {
  return `${error.code ?? error.message} on a ${sent.reusedSocket ? 'kept' : 'fresh'} connection`;
}
