import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plan } from '../../../../app-runtime/agent/machine/render.js';
import { render, type Safe } from '../../../../app-runtime/agent/machine/template.js';
import { bundle, bundleAgent } from '../../../../app-runtime/bundle.js';
import { expectGolden } from '../../../golden.js';
import { shapes } from '../../machine.js';

const golden = join(import.meta.dirname, '../../../golden/machine');
const example = 'gateways/gunicorn/templates/etc/paddock/gunicorn.conf.py';
const given = { workers: 3, threads: 16, connections: 16, common: '' as Safe, ended: '' as Safe };

for (const [shape, context] of Object.entries(shapes)) {
  test(`the files of ${shape} are the reviewed ones, each of them and no other`, () => {
    // A program is reviewed where it is written: nothing is rendered in it.
    const files = plan(context).files.filter(({ path }) => !path.startsWith('/usr/local/lib/'));
    for (const { path, content } of files) expectGolden(join('machine', shape, path), content);
    const reviewed = readdirSync(join(golden, shape), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(reviewed.map(({ parentPath, name }) => join(parentPath, name).slice(join(golden, shape).length)).sort()).toEqual(files.map(({ path }) => path).sort());
  });
}

test('the same machine always gets the same files', () => {
  const context = shapes['single-node-django-2-cores'];
  expect(plan(structuredClone(context))).toEqual(plan(context));
});

test('a template whose value is missing is not rendered', () => {
  const { threads: _, ...rest } = given;
  expect(() => render(example, rest)).toThrow(/^.*gunicorn.conf.py: every placeholder must have a value, got none for \{\{ threads \}\}/);
});

test('a value that no placeholder takes is an error too', () => {
  expect(() => render(example, { ...given, thraeds: 1 })).toThrow(/every value must have a placeholder, got none for thraeds/);
});

test('a value that looks like a placeholder is not filled again', () => {
  expect(render(example, { ...given, workers: '{{ threads }}' as Safe })).toContain('workers = {{ threads }}\n');
});

test('the bundled agent renders what the sources render, far from their folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-bundle-'));
  try {
    bundle('agent/machine/render.ts', join(folder, 'render.mjs'));
    const bundled = await import(join(folder, 'render.mjs')) as { plan: typeof plan };
    for (const context of Object.values(shapes)) expect(bundled.plan(context)).toEqual(plan(context));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('bundling the agent twice gives the same bytes, which Node.js can read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-bundle-'));
  try {
    const [first, second] = ['a.mjs', 'b.mjs'].map((name) => join(folder, name)) as [string, string];
    bundleAgent(first);
    bundleAgent(second);
    expect(readFileSync(first).equals(readFileSync(second))).toBe(true);
    execFileSync(process.execPath, ['--check', first]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
