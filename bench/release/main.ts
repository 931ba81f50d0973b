/** npm run bench:release: releases take turns under load, in Paddock's own way and in those of today, on one machine of a lab of its own. */
import { Command, InvalidArgumentError } from 'commander';
import { say } from '../serving/tools.js';
import { withLab } from './bench-lab.js';
import { type Contender, contenders, ours } from './contenders.js';
import { TrialMachine } from './machine.js';
import { lastLine, markdown, table } from './report.js';
import { type Outcome, type Progress, trial } from './trial.js';

/** A line of progress comes this often, in milliseconds. */
const PERIOD = 10_000;

interface Options {
  readonly switches: number;
  readonly alone?: true;
  readonly markdown?: true;
  readonly json?: true;
}

async function main(): Promise<void> {
  const options = new Command('bench:release').description('releases that take turns under load, Paddock\'s way beside those of today, on one machine of a lab')
    .option('--switches <n>', 'how many switches Paddock makes; each of the others makes a tenth, and five at least', whole, 500)
    .option('--alone', 'Paddock alone')
    .option('--markdown', 'print the README\'s table')
    .option('--json', 'print every figure for a program to read')
    .parse().opts<Options>();
  const outcomes = await withLab((name) => trials(name, options));
  if (options.json) console.log(JSON.stringify(outcomes, null, 2));
  else console.log(options.markdown ? markdown(outcomes) : table(outcomes));
  const [paddock] = outcomes as [Outcome];
  console.log(`\n${lastLine(paddock)}`);
  if (paddock.lost + paddock.doubled + paddock.wrong > 0 || paddock.switches < options.switches) process.exitCode = 1;
}

/** One after the other: the computer has work for one. */
async function trials(labName: string, { switches, alone }: Options): Promise<Outcome[]> {
  const machine = await TrialMachine.take(labName);
  const outcomes: Outcome[] = [];
  for (const contender of [ours, ...(alone ? [] : contenders)]) {
    const count = contender === ours ? switches : Math.max(5, Math.round(switches / 10));
    outcomes.push(await trial(machine, contender, count, progress(contender, count)));
  }
  return outcomes;
}

function progress({ name }: Contender, count: number): Progress {
  const began = Date.now();
  let told = began;
  return (switches, requests, faults) => {
    const now = Date.now();
    if (now < told + PERIOD && switches < count) return;
    told = now;
    const left = Math.ceil((now - began) / switches * (count - switches) / 1000);
    say(`${name}: ${switches} of ${count} switches, ${requests} requests, ${faults} without a good answer, ${left} s left`);
  };
}

function whole(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('it must be a whole number above 0.');
  return Number(text);
}

main().catch((error: Error) => {
  console.error(error.message);
  // Requests may still be under way.
  process.exit(1);
});
