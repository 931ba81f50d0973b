import type { Spread } from '../../lab/scenarios/verdict.js';
import { ours } from './contenders.js';
import type { Outcome } from './trial.js';

const COLUMNS: readonly (readonly [name: string, cell: (outcome: Outcome) => string])[] = [
  ['switches', ({ switches }) => whole(switches)],
  ['requests', ({ requests }) => whole(requests)],
  ['lost', ({ lost }) => whole(lost)],
  ['doubled', ({ doubled }) => whole(doubled)],
  ['wrong version', ({ wrong }) => whole(wrong)],
  ['both serve, median / max ms', ({ both }) => spread(both)],
  ['nobody answers', ({ silence }) => spread(silence)],
  ['a switch takes', ({ took }) => spread(took)],
];

/** Every figure, for the terminal. */
export function table(outcomes: readonly Outcome[]): string {
  const rows = [['', ...COLUMNS.map(([name]) => name)], ...outcomes.map((outcome) => [outcome.contender.name, ...COLUMNS.map(([, cell]) => cell(outcome))])];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join('  ');
  return [...rows.map(line), '', ...outcomes.flatMap(notes)].join('\n');
}

/** The README's table. */
export function markdown(outcomes: readonly Outcome[]): string {
  return [
    `| | ${COLUMNS.map(([name]) => name).join(' | ')} |`,
    `|---|${COLUMNS.map(() => '---:|').join('')}`,
    ...outcomes.map((outcome) => `| **${outcome.contender.name}**: ${outcome.contender.what} | ${COLUMNS.map(([, cell]) => cell(outcome)).join(' | ')} |`),
  ].join('\n');
}

/** The line that the goal is held against. */
export function lastLine({ switches, requests, lost, doubled, wrong }: Pick<Outcome, 'switches' | 'requests' | 'lost' | 'doubled' | 'wrong'>): string {
  return `${switches} switches, ${requests} requests, ${lost} lost, ${doubled} doubled, ${wrong} wrong version`;
}

/** What it is, how its requests were lost, and why it stopped early. */
function notes({ contender, faults, broke }: Outcome): string[] {
  const kinds = Object.entries(faults).map(([kind, count]) => `${whole(count)} × ${kind}`);
  return [
    `${contender.name}${contender === ours ? '' : ` (port ${contender.port})`}: ${contender.what}`,
    ...(kinds.length > 0 ? [`  lost by: ${kinds.join(', ')}`] : []),
    ...(broke === undefined ? [] : [`  broke off: ${broke}`]),
  ];
}

function whole(figure: number): string {
  return figure.toLocaleString('en-US');
}

function spread({ median, max }: Spread): string {
  return `${whole(median)} / ${whole(max)}`;
}
