import type { NetConnectOpts } from 'node:net';
import { lastLine } from '../machine/command.js';
import type { FastCgi } from '../../gateway/gateway.js';
import { type Answer, ask, SILENCE } from '../aws/http.js';
import { pause } from '../aws/retry.js';
import { askFastCgi } from './fastcgi.js';

/** Where and how the machine asks itself whether the application is ready. */
export type ReadinessQuestion = Peer & {
  readonly path: string;
  /** The site's own host, which the application accepts. */
  readonly site: string;
  /** Whether the gateway itself is asked, so that the question must say what a proxy would. @default false */
  readonly bare?: boolean;
  /** What a gateway that is asked itself serves by FastCGI. @default - it speaks HTTP */
  readonly fastcgi?: FastCgi;
};

type Peer = { readonly host: string; readonly port: number } | { readonly socketPath: string };

/** Good answers in a row that make a worker ready: one may be luck. */
const IN_A_ROW = 3;

/** How long an application may take to become ready, in seconds. */
const LIMIT = 60;

/** The header by which a release that proves itself tells which worker answered. */
const WORKER = 'x-paddock-worker';

/** How one waits for readiness. */
export interface Patience {
  /** How many workers must be ready, each of which names itself in its answers. @default - whoever answers */
  readonly workers?: number;
  /** Most questions at once: as many as make every worker take one. @default 1 */
  readonly atOnce?: number;
  /** Seconds. @default 60 */
  readonly limit?: number;
  /** Says why waiting is in vain, as soon as it is. @default - waits until time is up */
  readonly inVain?: () => Promise<string | undefined>;
}

/** An application that did not become ready; what it answered last is told apart from why. */
export class NotReady extends Error {
  constructor(message: string, readonly answer: string) {
    super(message);
  }
}

/**
 * Waits until every worker of the application has answered 2xx several times in a row; any other answer, whoever gave it, begins
 * the count again for all.
 * @throws NotReady with the last answer when time is up, or as soon as waiting is in vain
 */
export async function untilReady(question: ReadinessQuestion, { workers = 1, atOnce = 1, limit = LIMIT, inVain = async () => undefined }: Patience = {}): Promise<void> {
  const count = new Count(question, workers);
  const told = `${question.path} must answer 2xx ${IN_A_ROW} times in a row${workers > 1 ? ` from each of ${workers} workers` : ''} within ${limit} s`;
  const late = pause(limit * 1000).then(() => `${told}, got ${count.told}; correct the application and deploy again`);
  const reason = await Promise.race([count.fill(atOnce), late, vain(inVain, count)]);
  count.over = true;
  if (reason !== undefined) throw new NotReady(reason, count.last);
}

/** Good answers in a row, by the worker that gave them. */
class Count {
  /** What was answered last. */
  last = 'none';
  /** Whether nobody waits for it any more. */
  over = false;
  /** The last answer that was not good, though good ones may have come after it: a bad worker is not asked each time. */
  private bad?: string;
  private good = new Map<string, number>();

  constructor(private readonly question: ReadinessQuestion, private readonly workers: number) {}

  /** Asks, one question at first and then ever more at once, until there are enough good answers. */
  async fill(atOnce: number): Promise<undefined> {
    for (let questions = 1; !this.over && !this.full;) {
      const verdicts = await Promise.all(Array.from({ length: questions }, () => verdict(this.question)));
      const bad = verdicts.find(({ ready }) => !ready);
      this.last = (bad ?? verdicts.at(-1)!).said;
      this.bad = bad?.answered ? bad.said : this.bad;
      if (bad) this.good.clear();
      else for (const { worker } of verdicts) this.good.set(worker, (this.good.get(worker) ?? 0) + 1);
      questions = bad ? 1 : Math.min(atOnce, questions * 2);
      if (!this.full) await pause(bad ? 300 : 20);
    }
    return undefined;
  }

  /** What an application that did not become ready answered, in few words. */
  get told(): string {
    if (this.last === 'none') return 'no answer';
    return this.bad ?? (this.good.size ? `${this.last} from ${this.ready} of them` : this.last);
  }

  private get full(): boolean {
    return this.ready >= this.workers;
  }

  private get ready(): number {
    return [...this.good.values()].filter((times) => times >= IN_A_ROW).length;
  }
}

async function vain(inVain: () => Promise<string | undefined>, count: Count): Promise<string | undefined> {
  for (; !count.over; await pause(200)) {
    const reason = await inVain();
    if (reason) return `the application must go on running, got ${reason}; correct it and deploy again`;
  }
  return undefined;
}

/** One answer: whether it was good, what it said, and who gave it. */
interface Verdict {
  readonly ready: boolean;
  /** Whether anybody answered at all. */
  readonly answered: boolean;
  readonly said: string;
  readonly worker: string;
}

/**
 * Asks once.
 * @param timeout how long the application may stay silent, in milliseconds. @default - as any peer
 */
export async function verdict({ path, site, bare = false, fastcgi, ...peer }: ReadinessQuestion, timeout?: number): Promise<Verdict> {
  try {
    const headers = { host: site, connection: 'close', ...(bare ? proxied(site) : {}) };
    const answer = fastcgi ? await askFastCgi(placeOf(peer), fastcgi, path, headers, timeout ?? SILENCE) : await ask({ ...peer, path, headers, ...(timeout === undefined ? {} : { timeout }) });
    const ready = answer.status >= 200 && answer.status < 300;
    return { ready, answered: true, said: ready ? String(answer.status) : told(answer), worker: String(answer.headers[WORKER] ?? '') };
  } catch (error) {
    return { ready: false, answered: false, said: (error as Error).message, worker: '' };
  }
}

/** The same place, as a connection takes it. */
function placeOf(peer: Peer): NetConnectOpts {
  return 'socketPath' in peer ? { path: peer.socketPath } : peer;
}

/** What the proxy says of a question that came by HTTPS. */
function proxied(site: string): Record<string, string> {
  return { 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1', 'x-forwarded-host': site, 'x-forwarded-port': '443', 'x-forwarded-proto': 'https' };
}

function told({ status, body }: Answer): string {
  return `${status} ${lastLine(body.replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ')).trim().slice(0, 120)}`.trimEnd();
}
