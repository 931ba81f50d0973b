import type { Inventory, InventoryItem } from './inventory.js';

/** Columns of a picture, at the most: of one machine, and of several tiers. */
const WIDTH = 80;
const WIDE = 100;

/** The lab as a tree: the region, then what a visitor meets on the way in. */
export function picture(lab: Inventory): string[] {
  const region = ['this computer', '  │', `  ├─ region ${lab.endpoint}`, '  │'];
  if (lab.loadBalancers.length > 0) return [...region, ...tiers(lab)];
  if (lab.machines.length === 0) return [...region, '  └─ no machine'];
  return [...region, ...branches(lab.machines, ({ address, role, privateAddress, zone, state }) => `${address} ──▶ ${role} ${privateAddress} (${zone}, ${state})`).map((line) => cut(`  ${line}`, WIDTH))];
}

/** Load balancers, and behind them the zones with their machines, those that are nearer to the visitor first. */
function tiers(lab: Inventory): string[] {
  const fronts = lab.loadBalancers.map(({ address, type, name, listeners }) => `  ├─ ${address} ──▶ ${type} load balancer ${name} (${listeners.join(', ') || 'no listener'})`);
  const zones = [...new Set(lab.machines.map(({ zone }) => zone))].sort();
  if (zones.length === 0) return [...fronts, '  │', '  └─ no machine'].map((line) => cut(line, WIDE));
  const behind = zones.flatMap((zone, index) => {
    const last = index === zones.length - 1;
    const machines = lab.machines.filter((machine) => machine.zone === zone).sort((one, other) => order(one).localeCompare(order(other)));
    return [`  ${last ? '└─' : '├─'} ${zone}`, ...branches(machines, told).map((line) => `  ${last ? ' ' : '│'}    ${line}`)];
  });
  return [...fronts, '  │', ...behind].map((line) => cut(line, WIDE));
}

const order = ({ role, id }: InventoryItem): string => `${role === 'balancer' ? 0 : 1}${role}${id}`;

function told({ role, privateAddress, lifecycle, state, health, notice, release }: InventoryItem): string {
  const targets = [...new Set(Object.values(health))].join('/');
  return [role.padEnd(10), privateAddress.padEnd(12), (lifecycle ?? state).padEnd(11), targets.padEnd(9), release?.slice(0, 12) ?? '', notice ? `taken back at ${notice.slice(11, 19)}` : ''].join('  ').trimEnd();
}

function branches<T>(list: readonly T[], text: (one: T) => string): string[] {
  return list.map((one, index) => `${index === list.length - 1 ? '└─' : '├─'} ${text(one)}`);
}

const cut = (line: string, width: number): string => (line.length <= width ? line : `${line.slice(0, width - 1)}…`);
