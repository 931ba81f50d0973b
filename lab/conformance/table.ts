/** Table: what the suite found, gateway by promise, kept as JSON and written for a person into docs/gateways.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gatewayNamed, names } from '../../app-runtime/gateways.js';
import { proxies } from '../../app-runtime/proxies.js';
import { PROJECT } from '../lab.js';
import type { Outcome } from './conform.js';
import { promises } from './promises.js';
import type { Place } from './place.js';

/** One run of the suite against one gateway. */
export interface Run extends Place {
  /** Releases that took over under load. */
  readonly switches: number;
  readonly outcomes: readonly Outcome[];
}

const RESULTS = 'docs/gateways.json';
const PAGE = 'docs/gateways.md';

/** Puts a run in the place of the last one of the same gateway and example in the same place, and writes the page anew. */
export function record(run: Run, project = PROJECT): void {
  const file = join(project, RESULTS);
  const before = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) as Run[] : [];
  const runs = [...before.filter((other) => keyOf(other) !== keyOf(run)), run].filter(({ gateway }) => names.includes(gateway)).sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
  writeFileSync(file, `${JSON.stringify(runs, null, 1)}\n`);
  writeFileSync(join(project, PAGE), page(runs));
}

/** The page, from the runs alone. */
export function page(runs: readonly Run[]): string {
  const headings = [...new Set(runs.map(headingOf))];
  return [
    '# Which gateway keeps what', '',
    'Written by `npm run conformance`, which deploys an example of each gateway to real machines and asks it for each promise. No cell is written by hand.', '',
    ...headings.flatMap((heading) => [`## ${heading}`, '', ...table(runs.filter((run) => headingOf(run) === heading)), '']),
    '## What a machine runs', '', 'Workers and, in each, requests at once. [Why processes here and threads there](workers.md).', '', ...sizes(), '',
    '## What the promises are', '', ...promises.map(({ title, what }) => `- **${title}**: ${what}.`), '',
  ].join('\n');
}

/** Machines of EC2's t3 and m7i families, by their cores and memory. */
const MACHINES = [{ title: '1 core, 1 GiB', cores: 1, gib: 1 }, { title: '2 cores, 2 GiB', cores: 2, gib: 2 }, { title: '8 cores, 32 GiB', cores: 8, gib: 32 }] as const;

function sizes(): string[] {
  const size = (name: string, { cores, gib }: (typeof MACHINES)[number]) => {
    const { workers, threads } = gatewayNamed(name).size({ cores, memoryBytes: gib * 2 ** 30 });
    return `${workers} × ${threads}`;
  };
  return [row(['', ...MACHINES.map(({ title }) => title)]), row(['---', ...MACHINES.map(() => '---')]), ...names.map((name) => row([gatewayNamed(name).title, ...MACHINES.map((machine) => size(name, machine))]))];
}

const headingOf = ({ topology, proxy }: Run) => `${topology}, ${proxies[proxy].title}`;

const keyOf = (run: Run) => [headingOf(run), run.gateway, run.example].join('\n');

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** An example that is not the gateway's own is named. */
const titleOf = ({ gateway, example }: Run) => (example === undefined ? gatewayNamed(gateway).title : `${gatewayNamed(gateway).title}, examples/${example}`);

/** A row for each promise: there are more of them than gateways, and a page is narrow. */
function table(runs: readonly Run[]): string[] {
  const cell = ({ outcomes }: Run, title: string) => {
    const found = outcomes.find((outcome) => outcome.title === title);
    if (!found) return 'not asked';
    const note = found.note?.replace(/[|\n]+/g, ' ') ?? '';
    return found.kept ? note || 'kept' : `**not kept**: ${note}`;
  };
  return [
    row(['', ...runs.map(titleOf)]), row(['---', ...runs.map(() => '---')]),
    ...promises.map(({ title }) => row([title, ...runs.map((run) => cell(run, title))])),
  ];
}
