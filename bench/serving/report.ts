import { beanstalk, ours } from './contenders.js';
import type { Outcome } from './load.js';
import { workloads, type Workload } from './workloads.js';

/** What one contender came to. */
export interface Result {
  readonly name: string;
  readonly what: string;
  readonly megabytes: number;
  readonly outcomes: ReadonlyMap<Workload, Outcome>;
}

/** Every figure, for the terminal. */
export function table(results: readonly Result[]): string {
  const base = named(results, beanstalk.name);
  return workloads.flatMap((workload) => ['', `${workload.name}: ${workload.what}`, '             ratio    per second    p50 ms    p99 ms   errors', ...results.map((result) => {
    const { perSecond, p50, p99, errors } = result.outcomes.get(workload)!;
    const ratio = perSecond / base.outcomes.get(workload)!.perSecond;
    return `  ${result.name.padEnd(10)} ${ratio.toFixed(2).padStart(5)} ${perSecond.toFixed(0).padStart(13)} ${p50.toFixed(1).padStart(9)} ${p99.toFixed(1).padStart(9)} ${String(errors).padStart(8)}`;
  })]).concat('', 'memory of nginx and Gunicorn after the load', ...results.map(({ name, megabytes }) => `  ${name.padEnd(10)} ${megabytes.toFixed(0).padStart(5)} MB`)).join('\n');
}

/** The README's table: requests in a second as ratios to Elastic Beanstalk's default. */
export function markdown(results: readonly Result[]): string {
  const base = named(results, beanstalk.name);
  const cell = (result: Result, workload: Workload) => {
    const { perSecond } = result.outcomes.get(workload)!;
    return `${(perSecond / base.outcomes.get(workload)!.perSecond).toFixed(2)} (${Math.round(perSecond).toLocaleString('en-US')}/s)`;
  };
  const mix = workloads.find(({ name }) => name === 'mix')!;
  return [
    `| | ${workloads.map(({ name }) => name).join(' | ')} | p99 of the mix | memory |`,
    `|---|${workloads.map(() => '---:|').join('')}---:|---:|`,
    ...results.map((result) => `| **${result.name}**: ${result.what} | ${workloads.map((workload) => cell(result, workload)).join(' | ')} | ${result.outcomes.get(mix)!.p99.toFixed(0)} ms | ${result.megabytes.toFixed(0)} MB |`),
  ].join('\n');
}

/** The line that a goal is held against: ratios of ours to Elastic Beanstalk's default. */
export function lastLine(results: readonly Result[]): string {
  const [us, them] = [named(results, ours.name), named(results, beanstalk.name)];
  const ratio = (name: string, figure: 'perSecond' | 'p99') => {
    const workload = workloads.find((candidate) => candidate.name === name)!;
    return (us.outcomes.get(workload)![figure] / them.outcomes.get(workload)![figure]).toFixed(2);
  };
  return `json ${ratio('json', 'perSecond')}, waiting ${ratio('waiting', 'perSecond')}, cpu ${ratio('cpu', 'perSecond')}, mix ${ratio('mix', 'perSecond')}, p99 ${ratio('mix', 'p99')}, text ${ratio('text 100 KB', 'perSecond')}`;
}

function named(results: readonly Result[], name: string): Result {
  return results.find((result) => result.name === name)!;
}
