import { stats } from '../../proxies/nginx/stance.js';
import { ask } from '../aws/http.js';
import type { Datum } from './datum.js';
import type { Measure } from './publish.js';

/** What nginx has counted. */
export interface Stats {
  readonly requests: number;
  /** Answers 5xx. */
  readonly server_errors: number;
  /** How many requests took at most so many seconds, and longer than the bound before. */
  readonly seconds: Readonly<Record<string, number>>;
}

const NONE: Stats = { requests: 0, server_errors: 0, seconds: {} };

/**
 * What an nginx balancer publishes: `Requests`, `ServerErrors` and `ResponseTime` of the period, and `UnhealthyServers` at its end.
 * @param unhealthy app servers in service that do not answer well, as this balancer sees them
 */
export function balancerMetrics(unhealthy: () => number, read: () => Promise<Stats> = readStats): Measure {
  // What was counted before this agent looked for the first time may have been told by the one before it.
  let before: Stats | undefined;
  return async () => {
    const now = await read().catch(() => undefined);
    const counted = now && before ? figures(since(before, now)) : [];
    before = now ?? before;
    return [...counted, { name: 'UnhealthyServers', unit: 'Count', value: unhealthy() }];
  };
}

/** What was counted between two looks. nginx that was started anew has begun at nothing. */
export function since(earlier: Stats, now: Stats): Stats {
  const before = now.requests < earlier.requests ? NONE : earlier;
  const seconds = Object.entries(now.seconds).map(([bound, count]) => [bound, Math.max(0, count - (before.seconds[bound] ?? 0))] as const);
  return { requests: now.requests - before.requests, server_errors: Math.max(0, now.server_errors - before.server_errors), seconds: Object.fromEntries(seconds) };
}

/** A response time is told as the bound that it stayed under; one beyond the last bound as the last, because CloudWatch takes no infinity. */
export function figures({ requests, server_errors, seconds }: Stats): Datum[] {
  const bounds = Object.entries(seconds).map(([bound, count]) => [Number(bound), count] as const).sort(([one], [other]) => one - other);
  const last = Math.max(...bounds.map(([bound]) => bound).filter(Number.isFinite));
  const times = new Map<number, number>();
  for (const [bound, count] of bounds) if (count > 0) times.set(Math.min(bound || last, last), count + (times.get(Math.min(bound || last, last)) ?? 0));
  return [
    { name: 'Requests', unit: 'Count', value: requests },
    { name: 'ServerErrors', unit: 'Count', value: server_errors },
    ...(times.size > 0 ? [{ name: 'ResponseTime', unit: 'Seconds', value: times } satisfies Datum] : []),
  ];
}

async function readStats(): Promise<Stats> {
  const { status, body } = await ask({ ...stats, timeout: 2_000 });
  if (status !== 200) throw new Error(`nginx must tell what it counted, got ${status}`);
  return JSON.parse(body) as Stats;
}
