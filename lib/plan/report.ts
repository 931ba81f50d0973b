/** Report: a plan as a person reads it, in lines of at most 100 columns. */
import { relative } from 'node:path';
import { type Finding, told } from '../../app-runtime/gateway/finding.js';
import type { Comparison } from './break-even.js';
import { TARGET } from './capacity.js';
import { type Amount, type Cost, type Item, monthly } from './cost.js';
import type { Plan } from './plan.js';
import { prices } from './prices.js';
import { money, table, wrap } from './text.js';

/** The whole plan. */
export function report(plan: Plan): string {
  return [heading(plan), findings(plan), section('what changes', plan.changes.flatMap((line) => wrap(line, 2))), connections(plan), cost(plan), breakEven(plan)]
    .filter((part) => part !== '').join('\n\n');
}

function heading({ application, topologies: { from, to, front }, recognised, settings, unrun, unread, notes }: Plan): string {
  const judged = settings === undefined ? [] : [`settings: ${settings}, ${unrun === undefined ? 'as they are once run' : `read and not run: ${unrun}`}`];
  const left = unread.map((line) => `not read: ${line}`);
  return [`${application}: from ${from} to ${to}, ${front.chosen} in front`, ...[recognised, ...judged, ...left, ...notes].flatMap((line) => wrap(line, 2))].join('\n');
}

function findings({ findings: all }: Plan): string {
  if (all.length === 0) return 'findings: none; nothing that was read keeps it on one machine';
  const part = (weight: Finding['weight'], title: string) => {
    const lines = all.filter((each) => each.weight === weight).flatMap((each) => wrap(told(each), 2));
    return lines.length > 0 ? [section(title, lines)] : [];
  };
  return [...part('breaks', 'what breaks on more than one server'), ...part('weakens', 'what works there, and less well')].join('\n\n');
}

function connections({ connections: count }: Plan): string {
  if (!count) return '';
  const { most, limit, database, how } = count;
  return section('database connections', wrap(`${most} at the most (${how}); ${database} takes ${limit}`, 2));
}

function cost({ cost: { items, single, split, byUse }, topologies: { from, to } }: Plan): string {
  const rows = items.map((item) => [item.what, amount(item.single), dollars(item.single), amount(item.split), dollars(item.split)]);
  const lines = table([['', from, '$', to, '$'], ...rows, ['a month', '', money(single), '', money(split)]], ['left', 'left', 'right', 'left', 'right']);
  const terms = `on demand in ${prices.region}, prices of ${prices.date}; by use besides: ${byUse.join(', ')}`;
  return section('what it costs a month, in dollars', [...lines, ...wrap(terms, 2)]);
}

function amount(of: Amount | undefined): string {
  if (!of) return '';
  const each = of.count > 1 ? `${of.count} × ` : '';
  return of.what ? `${each}${of.what}` : each === '' ? '' : `${each}${money(of.each)}`;
}

function dollars(of: Amount | undefined): string {
  return of ? money(monthly(of)) : '';
}

function breakEven({ work, carried, compared, pays, terms, topologies: { to } }: Plan): string {
  const row = ({ rate, single, split }: Comparison) => [String(rate), single?.machines ?? 'none is large enough', single ? money(single.month) : '', split.machines, money(split.month)];
  const lines = table([['requests/s', 'one machine', '$', to, '$'], ...compared.map(row)], ['right', 'left', 'right', 'left', 'right']);
  const took = `a request takes a thread for ${work.service} ms and a processor for ${work.processor} ms (${work.source}); `
    + `${terms.instanceType} carries ${Math.round(carried)} requests/s at ${100 * TARGET} % of it`;
  const load = terms.peak === 1 ? 'the same load all day; --peak says how many times the mean the busiest hour is' : `the busiest hour at ${terms.peak} times the mean`;
  const credits = 'with what a burstable type computes above its baseline, without what is paid by use';
  const why = pays.by === 'price' ? 'it costs less than one machine that carries as much' : 'no single machine of the price list carries more';
  return section('when it pays', [...wrap(`${took}; ${load}; ${credits}`, 2), '', ...lines, '', ...wrap(`${to} begins to pay at ${Math.ceil(pays.rate)} requests/s: from there on ${why}`, 2)]);
}

function section(title: string, lines: readonly string[]): string {
  return [title, ...lines].join('\n');
}

/** Where an application lies, as a person would type it. */
export function shown(folder: string, project: string): string {
  const path = relative(project, folder);
  return path.startsWith('..') ? folder : path || '.';
}

/** The same as one JSON document. */
export function json({ terms: _, ...plan }: Plan): string {
  const items = plan.cost.items.map(({ what, single, split }: Item) => ({ what, single: priced(single), split: priced(split) }));
  const findings = plan.findings.map((finding) => ({ ...finding, text: told(finding) }));
  const { deployment: __, ...topologies } = plan.topologies;
  return JSON.stringify({ ...plan, topologies, findings, cost: { ...plan.cost, items } satisfies Record<keyof Cost, unknown>, prices: { date: prices.date, region: prices.region, currency: 'USD' } }, null, 2);
}

function priced(amount: Amount | undefined): (Amount & { readonly month: number }) | null {
  return amount ? { ...amount, month: monthly(amount) } : null;
}
