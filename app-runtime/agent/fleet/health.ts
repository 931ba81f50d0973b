import { createServer, type Server } from 'node:http';
import { pause } from '../aws/retry.js';
import type { GatewayLoad } from '../metrics/gateway-load.js';
import { type ReadinessQuestion, verdict } from '../release/readiness.js';

/** How often the gateway is asked, and how long it may take to answer, in milliseconds. */
const PERIOD = 1_000;

/** Bad answers in a row that are no accident; the second question follows the first at once. */
const BAD = 2;

/** What a server tells balancers of itself. */
export interface HealthReport extends GatewayLoad {
  readonly state: 'starting' | 'serving' | 'draining';
  /** Whether the application answers its readiness question. */
  readonly ready: boolean;
  /** Digest of the release that it serves. */
  readonly release: string;
}

/**
 * How this server is: it asks its own gateway all the time and answers balancers from what it heard last, so that however many ask,
 * the application is asked once a second. It listens from the first moment on: a server that starts says so.
 */
export class Health {
  private state: HealthReport['state'] = 'starting';
  private bad = 0;
  private load: GatewayLoad = { busy: 0, backlog: 0, threads: 0 };
  private listener: Server | undefined;

  /** @param loadOf asked once a second too */
  constructor(private readonly release: string, private readonly loadOf: () => Promise<GatewayLoad>, private readonly period = PERIOD) {}

  get report(): HealthReport {
    return { state: this.state, ready: this.state !== 'starting' && this.bad < BAD, release: this.release, ...this.load };
  }

  /** Whether balancers may send requests. */
  get open(): boolean {
    return this.state === 'serving' && this.bad < BAD;
  }

  /** Answers `GET /health` on a port of every address. The machine's security group lets nobody but balancers in. */
  async listen(port: number, address = '0.0.0.0'): Promise<Server> {
    const listener = createServer(({ url, method }, answer) => {
      const known = url === '/health' && (method === 'GET' || method === 'HEAD');
      answer.writeHead(known ? (this.open ? 200 : 503) : 404, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      answer.end(known && method === 'GET' ? `${JSON.stringify(this.report)}\n` : undefined);
    });
    await new Promise<void>((done, failed) => listener.once('error', failed).listen(port, address, done));
    return this.listener = listener;
  }

  /** Says that the release serves, and watches it from now on. What drains already goes on draining. */
  serve(question: ReadinessQuestion): void {
    if (this.state !== 'starting') return;
    this.state = 'serving';
    void this.watch(question);
  }

  /**
   * Says that no more requests must come, for good.
   * @returns whether any could come before
   */
  drain(): boolean {
    const served = this.state === 'serving';
    this.state = 'draining';
    return served;
  }

  /** Stops to answer and to ask. */
  close(): void {
    this.drain();
    this.listener?.close();
  }

  private async watch(question: ReadinessQuestion): Promise<void> {
    while (this.state === 'serving') {
      const began = Date.now();
      const [{ ready }, load] = await Promise.all([this.ask(question), this.loadOf().catch(() => this.load)]);
      this.bad = ready ? 0 : this.bad + 1;
      this.load = load;
      // A doubt is cleared up at once.
      if (this.bad !== 1) await pause(Math.max(0, began + this.period - Date.now()));
    }
  }

  /** However slowly the answer trickles. */
  private ask(question: ReadinessQuestion): Promise<{ readonly ready: boolean }> {
    return Promise.race([verdict(question, this.period), pause(this.period).then(() => ({ ready: false }))]);
  }
}
