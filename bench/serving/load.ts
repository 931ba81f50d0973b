import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Workload } from './workloads.js';

/** What came of a load. Times in milliseconds. */
export interface Outcome {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly errors: number;
}

/** As many connections as a busy small site has at once, and more than any contender has threads. */
const CONNECTIONS = 64;

/** Loads this computer's port for some seconds. */
export async function load(port: number, { paths }: Workload, seconds: number): Promise<Outcome> {
  const { stdout } = await promisify(execFile)('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--timeout', '10s', '-s', join(import.meta.dirname, 'load.lua'),
    '-H', 'Host: shop.example.com', '-H', 'Accept-Encoding: gzip, deflate, br', `http://127.0.0.1:${port}`, '--', ...paths]);
  const said = JSON.parse(stdout.trim().split('\n').at(-1)!) as { requests: number; seconds: number; p50: number; p99: number; errors: number };
  return { perSecond: (said.requests - said.errors) / said.seconds, p50: said.p50, p99: said.p99, errors: said.errors };
}

/** The middle outcome, figure by figure; errors add up. */
export function middle(outcomes: readonly Outcome[]): Outcome {
  const of = (figure: keyof Outcome) => median(outcomes.map((outcome) => outcome[figure]));
  return { perSecond: of('perSecond'), p50: of('p50'), p99: of('p99'), errors: outcomes.reduce((sum, { errors }) => sum + errors, 0) };
}

function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return Number.isInteger(half) ? (sorted[half - 1]! + sorted[half]!) / 2 : sorted[Math.floor(half)]!;
}
