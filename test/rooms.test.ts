import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
/** Rooms that hold TypeScript, but for the tests, which reach into every one. */
const ROOMS = ['app-runtime', 'bench', 'bin', 'lab', 'lib'];

/** One module naming another of ours, both by their paths. */
interface Arrow {
  readonly from: string;
  readonly to: string;
}

const arrows = ROOMS.flatMap((room) => readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => join(room, name))).flatMap(arrowsOf);

function arrowsOf(from: string): Arrow[] {
  const named = [...readFileSync(join(ROOT, from), 'utf8').matchAll(/\b(?:from|import\(|import) ?'(\.[^']+)'/g)].map(([, path]) => path!);
  return named.map((path) => ({ from, to: normalize(join(dirname(from), path)) }));
}

/** Arrows as a person looks for them. */
const told = (some: readonly Arrow[]) => some.map(({ from, to }) => `${from} → ${to}`);

test('no room uses the lab or the bench', () => {
  expect(arrows.length).toBeGreaterThan(500);
  const outside = (room: string) => arrows.filter(({ from, to }) => to.startsWith(`${room}/`) && !from.startsWith(`${room}/`));
  expect(told([...outside('lab').filter(({ from }) => !from.startsWith('bench/')), ...outside('bench')])).toEqual([]);
});

test('what a machine is told imports nothing', () => {
  expect(told(arrows.filter(({ from }) => from === 'app-runtime/settings.ts'))).toEqual([]);
});

test('what a machine runs knows nothing of what describes the cloud', () => {
  expect(told(arrows.filter(({ from, to }) => from.startsWith('app-runtime/') && /^(?:lib|bin)\//.test(to)))).toEqual([]);
});

// What is measured beside Gunicorn on its own is sized as Gunicorn is.
test('a gateway is found by being there: nobody but another gateway imports from its folder', () => {
  const inside = (path: string) => path.startsWith('app-runtime/gateways/');
  expect(told(arrows.filter(({ from, to }) => inside(to) && !inside(from) && !from.startsWith('bench/')))).toEqual([]);
});
