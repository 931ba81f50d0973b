import type { Inventory, InventoryItem } from './inventory.js';
import { switchText } from './switch.js';

const COLUMNS = ['id', 'role', 'zone', 'address', 'state', 'release'] as const;

/** The lab as a person reads it: a picture, a table, the machines' last switches, and the URL. */
export function statusText(lab: Inventory, now = Date.now()): string {
  const rows = lab.machines.map((machine) => COLUMNS.map((column) => (column === 'release' ? machine.release?.slice(0, 12) : machine[column]) ?? '-'));
  const widths = COLUMNS.map((name, index) => Math.max(name.length, ...rows.map((row) => row[index]!.length)));
  const line = (cells: readonly string[]) => cells.map((cell, index) => cell.padEnd(widths[index]!)).join('  ').trimEnd();
  return [...picture(lab), '', line(COLUMNS), ...rows.map(line), ...switches(lab.machines, now), '', lab.url ?? 'nothing is deployed; run: npm run lab -- deploy'].join('\n');
}

function switches(machines: readonly InventoryItem[], now: number): string[] {
  const lines = machines.flatMap(({ id, switch: last }) => (last ? [switchText(last, `${id}: `, now)] : []));
  return lines.length > 0 ? ['', ...lines] : [];
}

/** At most 80 columns, whatever there is in it. */
function picture(lab: Inventory): string[] {
  const region = [`this computer`, `  │`, `  ├─ region ${lab.endpoint}`];
  if (lab.machines.length === 0) return [...region, '  │', '  └─ no machine'];
  return [...region, '  │', ...lab.machines.map(({ address, role, privateAddress, zone, state }, index) => {
    const branch = index === lab.machines.length - 1 ? '└─' : '├─';
    return `  ${branch} ${address} ──▶ ${role} ${privateAddress} (${zone}, ${state})`.slice(0, 80);
  })];
}
