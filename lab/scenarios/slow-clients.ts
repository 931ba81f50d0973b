import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Place } from './load.js';

/** What slow clients have come to. */
export interface SlowClientsSeen {
  /** Connections that are open now. */
  readonly open: number;
  /** Connections that were made so far, and those that could not be. */
  readonly made: number;
  readonly refused: number;
  /** Connections that the other end closed. */
  readonly closed: number;
}

/** Clients that send the head of a request a byte at a time and never finish it, as many at once as are wanted, in a process of their own. */
export class SlowClients {
  /** What was heard of them last. */
  seen: SlowClientsSeen = { open: 0, made: 0, refused: 0, closed: 0 };
  private readonly ended: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    createInterface(child.stdout!).on('line', (line) => { this.seen = JSON.parse(line) as SlowClientsSeen; });
    this.ended = new Promise((resolve) => child.once('close', () => resolve()));
  }

  /** @throws Error where the place is none of this computer's: nobody else is to be held up */
  static start(place: Place, count: number): SlowClients {
    if (!/^(127\.|10\.213\.)/.test(place.address)) throw new Error(`slow clients: the address must be this computer's or a lab's, got ${place.address}; name another one`);
    const program = [process.execPath, '--import', 'tsx', `${import.meta.dirname}/slow-clients-process.ts`, place.address, String(place.port), String(count)];
    // Each client is an open file.
    const child = spawn('sh', ['-c', `ulimit -n ${count + 256} && exec "$@"`, 'sh', ...program], { stdio: ['pipe', 'pipe', 'inherit'] });
    return new SlowClients(child);
  }

  /** Closes all of them. */
  async end(): Promise<SlowClientsSeen> {
    this.child.stdin!.end();
    await this.ended;
    return this.seen;
  }
}
