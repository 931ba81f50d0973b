/**
 * npm run plan [-- --to split-tier] [-c name=value …] [--json]: what it takes to move the application of the settings page from one machine
 * to many, what both cost a month, and from which load on the second pays. Creates nothing, anywhere.
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Command, CommanderError } from 'commander';
import { classOf } from '../lib/connections.js';
import { Database } from '../lib/database.js';
import { planOf } from '../lib/plan/plan.js';
import { databasePrice } from '../lib/plan/prices.js';
import { readPage } from '../lib/plan/read-page.js';
import { json, report } from '../lib/plan/report.js';
import { topologiesOf } from '../lib/plan/topology.js';
import { toldWork } from '../lib/plan/work.js';
import { Refusal, refuse } from '../app-runtime/refusal.js';

interface Options {
  readonly to: string;
  readonly context: Readonly<Record<string, string>>;
  readonly json: boolean;
  readonly serviceTime?: string;
  readonly cpuTime?: string;
  readonly measure?: string;
  readonly database: string;
  readonly peak: string;
}

const PROJECT = join(import.meta.dirname, '..');
const PAGE = join(PROJECT, 'bin/paddock.ts');

/** What the settings page has without another word, as findings advise. */
const CLASS = classOf(String(Database.postgres().options!['instanceType']));

/** What is asked for. @throws Refusal in the house form, for what it does not know */
function asked(args: readonly string[]): Options {
  const command = new Command('plan').exitOverride().configureOutput({ writeErr: () => {} }).allowExcessArguments(false)
    .option('--to <topology>', 'where the application is to move', 'split-tier')
    .option('-c, --context <name=value>', 'overrules a setting of the page for this run', overruling, {})
    .option('--service-time <ms>', 'how long a request takes a thread')
    .option('--cpu-time <ms>', 'of that, how long it takes a processor')
    .option('--measure <path>', 'asks this path of the application here, instead')
    .option('--database <class>', 'class of the database server that connections are held against, where the page has none', CLASS)
    .option('--peak <times>', 'how many times the mean the busiest hour is', '1')
    .option('--json', 'one JSON document', false);
  try {
    return command.parse(args, { from: 'user' }).opts<Options>();
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) process.exit(0);
    if (error instanceof CommanderError) return refuse('plan', 'its options must be those of npm run plan -- --help', error.message.replace(/^error: /, ''), 'correct it');
    throw error;
  }
}

/** Like cdk's own `-c`. */
function overruling(pair: string, before: Record<string, string>): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? refuse('plan', '-c must be name=value', pair, 'give one, as in -c application=../shop');
  return { ...before, [name!]: value! };
}

async function main(args: readonly string[]): Promise<void> {
  const { to, context, serviceTime, cpuTime, measure, database, peak, ...options } = asked(args);
  if (to !== 'split-tier') refuse('plan', '--to must be split-tier', to, 'leave it out');
  if (cpuTime !== undefined && serviceTime === undefined) refuse('plan', '--cpu-time must come with --service-time', cpuTime, 'give both');
  if (!(Number(peak) >= 1 && Number(peak) <= 100)) refuse('plan', '--peak must be a number from 1 to 100', peak, 'give one, as in --peak 3');
  databasePrice(database);
  const work = serviceTime === undefined ? undefined : toldWork(serviceTime, cpuTime);
  const topologies = topologiesOf(await readPage(PAGE, context));
  const plan = planOf(topologies, { page: sizesIn(PAGE), work, measure, database, peak: Number(peak), say: (line) => console.error(line) });
  console.log(options.json ? json(plan) : report(plan));
}

/** Where a person changes how many servers there are. */
function sizesIn(page: string): { file: string; line: number } {
  const line = readFileSync(page, 'utf8').split('\n').findIndex((text) => /\bmaxServers\b/.test(text));
  return { file: relative(PROJECT, page), line: Math.max(1, line + 1) };
}

await main(process.argv.slice(2)).catch((error: Error) => {
  console.error(error instanceof Refusal ? error.message : error);
  process.exitCode = 1;
});
