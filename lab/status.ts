import type { Inventory, InventoryItem } from './inventory.js';
import { picture } from './picture.js';
import { switchText } from './switch.js';

/** What the table says of a machine; `targets` is what load balancers find. */
const COLUMNS = {
  id: ({ id }) => id,
  role: ({ role }) => role,
  zone: ({ zone }) => zone,
  address: ({ address }) => address,
  state: ({ lifecycle, state }) => (lifecycle === null || lifecycle === 'InService' ? state : lifecycle),
  targets: ({ health }) => [...new Set(Object.values(health))].join('/'),
  release: ({ release }) => release?.slice(0, 12),
} as const satisfies Record<string, (machine: InventoryItem) => string | undefined>;

/** The lab as a person reads it: a picture, a table, the machines' last switches, and the URL. */
export function statusText(lab: Inventory, now = Date.now()): string {
  const columns = Object.keys(COLUMNS).filter((name) => name !== 'targets' || lab.loadBalancers.length > 0) as (keyof typeof COLUMNS)[];
  const rows = lab.machines.map((machine) => columns.map((name) => COLUMNS[name](machine) || '-'));
  const widths = columns.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index]!.length)));
  const line = (cells: readonly string[]) => cells.map((cell, index) => cell.padEnd(widths[index]!)).join('  ').trimEnd();
  return [...picture(lab), '', line(columns), ...rows.map(line), ...switches(lab.machines, now), '', lab.url ?? 'nothing is deployed; run: npm run lab -- deploy'].join('\n');
}

function switches(machines: readonly InventoryItem[], now: number): string[] {
  const lines = machines.flatMap(({ id, switch: last }) => (last ? [switchText(last, `${id}: `, now)] : []));
  return lines.length > 0 ? ['', ...lines] : [];
}
