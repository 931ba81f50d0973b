import { Command } from 'commander';
import { beanstalk, contenders, ours, type Contender } from './contenders.js';
import { load, middle, type Outcome } from './load.js';
import { lastLine, markdown, table, type Result } from './report.js';
import { Stand } from './stand.js';
import { installTools, python, say } from './tools.js';
import { workloads, type Workload } from './workloads.js';

/** Rounds are odd in number, so that the median is one that was measured. */
const FULL = { rounds: 3, seconds: 3 };
const QUICK = { rounds: 5, seconds: 1 };

async function main(): Promise<void> {
  const options = new Command('bench:serving').description('our nginx and Gunicorn beside what users have today, on this computer')
    .option('--quick', 'against Elastic Beanstalk\'s default alone, in short rounds')
    .option('--markdown', 'print the README\'s table')
    .parse().opts<{ quick?: true; markdown?: true }>();
  installTools();
  const results = await measure(options.quick ? [ours, beanstalk] : contenders, options.quick ? QUICK : FULL);
  console.log(options.markdown ? markdown(results) : table(results));
  console.log(`\n${lastLine(results)}`);
}

async function measure(entered: readonly Contender[], times: typeof FULL): Promise<Result[]> {
  const stands: Stand[] = [];
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error(`bench: must run to its end, got ${signal}; start it again`)));
  });
  interrupted.catch(() => {});
  try {
    const interpreter = python();
    say(`starting ${entered.map(({ name }) => name).join(', ')}`);
    for (const contender of entered) stands.push(await Promise.race([Stand.start(contender, interpreter), interrupted]));
    const outcomes = await Promise.race([rounds(stands, times), interrupted]);
    return stands.map((stand) => ({
      name: stand.contender.name, what: stand.contender.what, megabytes: stand.memoryMegabytes(),
      outcomes: new Map(workloads.map((workload) => [workload, middle(outcomes.get(stand)!.get(workload)!)])),
    }));
  } finally {
    await Promise.all(stands.map((stand) => stand.stop()));
  }
}

/** Interleaved, and each time another begins: whatever else this computer does then falls on all alike. */
async function rounds(stands: readonly Stand[], { rounds: count, seconds }: typeof FULL): Promise<Map<Stand, Map<Workload, Outcome[]>>> {
  const outcomes = new Map(stands.map((stand) => [stand, new Map(workloads.map((workload) => [workload, [] as Outcome[]]))]));
  for (let round = 0; round < count; round++) {
    for (const [index, workload] of workloads.entries()) {
      const left = ((count - round) * workloads.length - index) * stands.length * (seconds + 0.1);
      say(`round ${round + 1} of ${count}: ${workload.name}, ${Math.ceil(left)} s left`);
      for (let turn = 0; turn < stands.length; turn++) {
        const stand = stands[(turn + round + index) % stands.length]!;
        outcomes.get(stand)!.get(workload)!.push(await load(stand.port, workload, seconds));
      }
    }
  }
  return outcomes;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
