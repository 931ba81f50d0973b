import { describe, expect, test } from 'vitest';
import type { SwitchRecord } from '../../app-runtime/agent/release/switch-journal.js';
import type { Inventory } from '../../lab/inventory.js';
import { statusText } from '../../lab/status.js';
import { switchText } from '../../lab/switch.js';
import { news } from '../../lab/watch.js';

const began = Date.parse('2026-11-24T23:14:00.000Z');
const at = (seconds: number) => new Date(began + seconds * 1000).toISOString();
const [from, to] = ['2a46da7d3d28'.padEnd(64, '0'), '46788a0b97c1'.padEnd(64, '0')];
const steps: SwitchRecord['steps'] = [['disk', 0], ['download', 0.02], ['digest', 0.4], ['prepare', 0.41], ['readiness', 2.6], ['hand-over', 4.5], ['bake', 5.5], ['settle', 7.5]]
  .map(([name, seconds]) => ({ name, at: at(seconds as number) }) as SwitchRecord['steps'][number]);
const going: SwitchRecord = { to, from, began: at(0), steps: steps.slice(0, 5) };
const served: SwitchRecord = { to, from, began: at(0), steps, ended: at(9.1), outcome: 'served' };
const refused: SwitchRecord = { ...going, ended: at(20), outcome: 'refused', error: `readiness: the application must answer 2xx at /, got 500 from one worker of four; ${'see its log '.repeat(9)}` };

describe('a switch in one line', () => {
  test('names both releases, the step that it is at and for how long, while it goes on', () => {
    expect(switchText(going, 'i-0abc: ', began + 6_000)).toBe('i-0abc: release 2a46da7d3d28 → 46788a0b97c1: readiness for 3 s');
    expect(switchText({ to, from: null, began: at(0), steps: [] }, '', began + 500)).toBe('release 46788a0b97c1: beginning for 0 s');
  });

  test('tells how long it took, and the longest steps that there is room for, in their order', () => {
    expect(switchText(served, 'i-0abc: ')).toBe('i-0abc: served after 9.1 s (prepare 2.2, readiness 1.9, bake 2.0, settle 1.6)');
    expect(switchText(served, 'machine i-0f0d98dd23e2cbd90: ')).toBe('machine i-0f0d98dd23e2cbd90: served after 9.1 s (prepare 2.2, bake 2.0)');
  });

  test('names the step that refused it and why, cut to the width of a terminal', () => {
    expect(switchText(refused, 'i-0abc: ')).toBe('i-0abc: refused at readiness: the application must answer 2xx at /, got 500 fro…');
    expect(switchText({ ...refused, error: 'cut off at step bake and undone; release 2a46da7d3d28 serves' }, '')).toBe('cut off at step bake and undone; release 2a46da7d3d28 serves');
  });
});

describe('the status of a lab', () => {
  const machine = { id: 'i-0f0d98dd23e2cbd90', role: 'single-node', zone: 'us-east-1a', address: '10.213.0.17', privateAddress: '10.0.0.4', state: 'running', lifecycle: 'InService', health: {}, notice: null, release: from, kept: [from] };
  const lab: Inventory = { lab: 'default', number: 0, endpoint: 'http://localhost:24600', url: 'http://10.213.0.17/', loadBalancers: [], machines: [{ ...machine, switch: null }] };

  test('has a line for each machine that ever switched, below the table', () => {
    const lines = statusText({ ...lab, machines: [{ ...machine, switch: going }] }, began + 6_000).split('\n');
    expect(lines.slice(-4)).toEqual(['', 'i-0f0d98dd23e2cbd90: release 2a46da7d3d28 → 46788a0b97c1: readiness for 3 s', '', 'http://10.213.0.17/']);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
    expect(statusText(lab)).not.toContain('readiness');
  });
});

describe('what a person hears while a deploy goes on', () => {
  const on = (record: SwitchRecord | null) => new Map([['i-1', { on: true, switch: record }]]);

  test('of a machine that boots', () => {
    expect(news(new Map(), on(null))).toEqual(['machine i-1: booting']);
    expect(news(on(null), on(null))).toEqual([]);
  });

  test('of steps as they begin, those that went by together in one line', () => {
    expect(news(on(null), on({ ...going, steps: steps.slice(0, 1) }))).toEqual(['machine i-1: disk']);
    expect(news(on({ ...going, steps: steps.slice(0, 1) }), on(going))).toEqual(['machine i-1: download, digest, prepare, readiness']);
    expect(news(on(going), on(going))).toEqual([]);
  });

  test('of pending migrations, once', () => {
    const pending = { ...going, migrations: ['entries.0002_colour'] };
    expect(news(on(going), on(pending))).toEqual(['machine i-1: pending migrations entries.0002_colour']);
    expect(news(on(pending), on(pending))).toEqual([]);
  });

  test('of its end, and of the next switch from its first step on', () => {
    expect(news(on({ ...served, ended: undefined, outcome: undefined } as SwitchRecord), on(served))).toEqual(['machine i-1: served after 9.1 s (prepare 2.2, readiness 1.9, bake 2.0)']);
    expect(news(on(served), on({ ...going, began: at(60), steps: [{ name: 'disk', at: at(60) }] }))).toEqual(['machine i-1: disk']);
  });

  test('of a machine that was reset: what it did before is no news', () => {
    expect(news(new Map([['i-1', { on: false, switch: served }]]), on(served))).toEqual(['machine i-1: booting']);
  });
});
