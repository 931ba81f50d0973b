import { ask } from './http.js';
import { lastLine } from './command.js';
import { pause } from './retry.js';

/** Where and how the machine asks itself whether the application is ready. */
export interface ReadinessQuestion {
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** Good answers in a row that make an application ready: one may be the luck of the first worker. */
const IN_A_ROW = 3;

/** How long an application may take to become ready, in seconds. */
const LIMIT = 60;

/** How one waits for readiness. */
export interface Patience {
  /** Seconds. @default 60 */
  readonly limit?: number;
  /** Says why waiting is in vain, as soon as it is. @default - waits until time is up */
  readonly inVain?: () => Promise<string | undefined>;
}

/**
 * Waits until the application answers 2xx several times in a row; any other answer begins the count again.
 * @throws Error with the last answer when time is up
 */
export async function untilReady(question: ReadinessQuestion, { limit = LIMIT, inVain = async () => undefined }: Patience = {}): Promise<void> {
  const end = Date.now() + limit * 1000;
  let last = 'no answer';
  for (let good = 0; good < IN_A_ROW;) {
    const reason = good > 0 ? undefined : await inVain();
    if (reason) throw new Error(`readiness: the application must go on running, got ${reason}; see the application's log`);
    if (Date.now() > end) throw new Error(`readiness: ${question.path} must answer 2xx ${IN_A_ROW} times in a row within ${limit} s, got ${last}; see the application's log`);
    try {
      const { status, body } = await ask({ ...question, headers: { connection: 'close' } });
      const ready = status >= 200 && status < 300;
      good = ready ? good + 1 : 0;
      last = `${status}${ready ? '' : ` ${lastLine(body).slice(0, 120)}`}`.trimEnd();
    } catch (error) {
      good = 0;
      last = (error as Error).message;
    }
    if (good < IN_A_ROW) await pause(good > 0 ? 100 : 300);
  }
}
