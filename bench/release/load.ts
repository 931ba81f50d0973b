import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** A request and what came of it. Times in milliseconds since 1970. */
export interface Asked {
  /** What a POST had the application store; undefined for a GET. */
  readonly id?: string;
  readonly began: number;
  readonly ended: number;
  /** Release that a good answer named. */
  readonly release?: string;
  /** Why there was no good answer: `status 502`, or the error of the connection. */
  readonly fault?: string;
}

/** Where a site answers. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

/** Connections, each of which is kept for its next request. */
const CONNECTIONS = 16;

/** A connection begins a request this often at most, in milliseconds: visitors of a site that is down do not come faster. */
const PACE = 25;

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
  private count = 0;
  private going = true;

  constructor(private readonly place: Place) {
    this.connections = Array.from({ length: CONNECTIONS }, (_, index) => this.go(index));
  }

  /** Begins no more requests, and waits for the last answer. */
  async end(): Promise<readonly Asked[]> {
    this.going = false;
    await Promise.all(this.connections);
    return this.asked;
  }

  private async go(index: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await pause(index * PACE / CONNECTIONS);
    while (this.going) {
      const asked = await this.ask(agent);
      this.asked.push(asked);
      if (asked.fault !== undefined) this.faults++;
      await pause(Math.max(0, asked.began + PACE - Date.now()));
    }
    agent.destroy();
  }

  private async ask(agent: Agent): Promise<Asked> {
    const number = this.count++;
    const id = number % 2 === 0 ? undefined : `${this.mark}-${number}`;
    const began = Date.now();
    const said = await exchange(agent, this.place, `/?wait=${wait()}`, id);
    return { ...id !== undefined && { id }, began, ended: Date.now(), ...said };
  }
}

/** How long a request works, in milliseconds: three of five not at all, the others as long as pages do, one in fifty as long as a report. */
function wait(): number {
  const chance = Math.random();
  if (chance < 0.02) return 300;
  return chance < 0.4 ? 5 + Math.floor(Math.random() * 46) : 0;
}

function exchange(agent: Agent, { address, port }: Place, path: string, body: string | undefined): Promise<Pick<Asked, 'release' | 'fault'>> {
  return new Promise((resolve) => {
    const headers = { host: address, ...body !== undefined && { 'content-length': Buffer.byteLength(body) } };
    const sent = request({ agent, host: address, port, path, method: body === undefined ? 'GET' : 'POST', headers, timeout: PATIENCE }, (answer) => read(answer).then(resolve));
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${PATIENCE / 1000} s`)));
    sent.on('error', (error: NodeJS.ErrnoException) => resolve({ fault: faultOf(sent, error) }));
    sent.end(body);
  });
}

async function read(answer: IncomingMessage): Promise<Pick<Asked, 'release' | 'fault'>> {
  try {
    let body = '';
    for await (const part of answer.setEncoding('utf8')) body += part as string;
    if (answer.statusCode !== 200) return { fault: `status ${answer.statusCode}` };
    return { release: (JSON.parse(body) as { release: string }).release };
  } catch (error) {
    return { fault: `broken answer: ${(error as Error).message}` };
  }
}

/** On a connection that was used before, the other end may have closed it just as the request was sent; on a fresh one it had no reason to. */
function faultOf(sent: ClientRequest, error: NodeJS.ErrnoException): string {
  return `${error.code ?? error.message} on a ${sent.reusedSocket ? 'kept' : 'fresh'} connection`;
}
