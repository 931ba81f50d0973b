import { describe, expect, test } from 'vitest';
import { nthAddress, sourceOf } from '../../lab/cloud.js';
import { type Inventory, type InventoryItem, meant } from '../../lab/inventory.js';
import { targetLifecycleState } from '../../lab/metadata.js';
import { statusText } from '../../lab/status.js';

const release = '2a46da7d3d28'.padEnd(64, '0');
const machine = (id: string, role: string, zone: string, more: Partial<InventoryItem> = {}): InventoryItem =>
  ({ id, role, zone, address: '10.0.128.4', privateAddress: '10.0.128.4', state: 'running', lifecycle: 'InService', health: {}, notice: null, release: null, kept: [], switch: null, ...more });
const lab: Inventory = {
  lab: 'default', number: 0, endpoint: 'http://localhost:24600', url: 'http://10.213.0.17/',
  loadBalancers: [{ name: 'split-tier', type: 'network', address: '10.213.0.17', listeners: ['TCP 80'] }],
  machines: [
    machine('i-0000000000000000a', 'app-server', 'us-east-1a', { release }),
    machine('i-0000000000000000b', 'balancer', 'us-east-1a', { health: { http: 'healthy', https: 'healthy' } }),
    machine('i-0000000000000000c', 'balancer', 'us-east-1b', { health: { http: 'draining' }, lifecycle: 'Terminating:Wait', notice: '2026-11-28T02:00:00Z' }),
    machine('i-0000000000000000d', 'app-server', 'us-east-1b', { lifecycle: null, state: 'pending' }),
  ],
};

test('the status of a fleet shows what a visitor meets, zone by zone, in 100 columns', () => {
  const lines = statusText(lab).split('\n');
  expect(lines.slice(0, 12)).toEqual([
    'this computer',
    '  │',
    '  ├─ region http://localhost:24600',
    '  │',
    '  ├─ 10.213.0.17 ──▶ network load balancer split-tier (TCP 80)',
    '  │',
    '  ├─ us-east-1a',
    '  │    ├─ balancer    10.0.128.4    InService    healthy',
    '  │    └─ app-server  10.0.128.4    InService               2a46da7d3d28',
    '  └─ us-east-1b',
    '       ├─ balancer    10.0.128.4    Terminating:Wait  draining     taken back at 02:00:00',
    '       └─ app-server  10.0.128.4    pending',
  ]);
  expect(lines.filter((line) => line.length > 100)).toEqual([]);
  expect(lines.at(-1)).toBe('http://10.213.0.17/');
});

describe('a word for a machine', () => {
  test('is its id, the start of one, or a role that it alone has', () => {
    expect(meant(lab.machines, 'i-0000000000000000c').zone).toBe('us-east-1b');
    expect(meant([lab.machines[0]!, lab.machines[1]!], 'balancer').id).toBe('i-0000000000000000b');
  });

  test('that is the role of several is one line that names them', () => {
    expect(() => meant(lab.machines, 'balancer')).toThrow(
      'lab: the role must be of one machine, got balancer, which 2 have; choose from: i-0000000000000000b (us-east-1a), i-0000000000000000c (us-east-1b)');
  });

  test('that is nobody names all there are', () => {
    expect(() => meant(lab.machines.slice(0, 2), 'i-1')).toThrow(
      'lab: the machine must be an instance id, the start of one, or a role that one machine has, got i-1; choose from: i-0000000000000000a, i-0000000000000000b');
  });
});

test.each([
  ['Pending:Wait', 'InService'], ['InService', 'InService'], ['Terminating', 'Terminated'], ['Terminating:Proceed', 'Terminated'], ['EnteringStandby', 'Standby'],
  ['Warmed:Pending:Proceed', 'Warmed:Stopped'], ['Warmed:Stopped', 'Warmed:Stopped'], ['Warmed:Terminating:Wait', 'Warmed:Terminated'], ['Detaching', 'Detached'],
])('an instance in %s is headed for %s', (state, target) => {
  expect(targetLifecycleState(state)).toBe(target);
});

test('a load balancer calls from an address at the end of its first subnet, each from its own', () => {
  const subnets = [{ id: 'subnet-a', zone: 'us-east-1a', cidr: '172.31.0.0/20', resolver: '172.31.0.2', outside: true }];
  expect(sourceOf({ subnets }, { address: '10.213.5.17', subnets: ['subnet-a', 'subnet-b'] })).toBe('172.31.15.253');
  expect(sourceOf({ subnets }, { address: '10.213.5.18', subnets: ['subnet-a'] })).toBe('172.31.15.252');
  expect(nthAddress('10.0.0.0/16', 2)).toBe('10.0.0.2');
});
