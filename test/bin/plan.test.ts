import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const project = join(import.meta.dirname, '../..');

/** What `npm run plan` runs, with nobody's credentials, in a folder of its own. */
function plan(...args: string[]) {
  const cwd = mkdtempSync(join(tmpdir(), 'paddock-plan-'));
  const { PATH, HOME } = process.env;
  const { status, stdout, stderr } = spawnSync('node', ['--import', join(project, 'node_modules/tsx/dist/loader.mjs'), join(project, 'bin/plan.ts'), ...args], { cwd, env: { PATH, HOME }, encoding: 'utf8' });
  const left = readdirSync(cwd);
  rmSync(cwd, { recursive: true });
  return { status, stdout, stderr: stderr.trim(), left };
}

test('a plan fits a terminal of 100 columns, creates nothing, and is no failure', () => {
  const { status, stdout, stderr, left } = plan('-c', 'application=examples/wsgi', '-c', 'balancer=alb');
  expect(status, stderr).toBe(0);
  expect(stdout.split('\n').filter((line) => line.length > 100)).toEqual([]);
  expect(stdout).toMatch(/^examples\/wsgi: from single-node to split-tier, alb in front\n/);
  for (const title of ['findings: none; nothing that was read keeps it on one machine', 'what changes', 'what it costs a month, in dollars', 'when it pays']) expect(stdout).toContain(`\n${title}\n`);
  expect(stdout).toMatch(/\n {2}a month +22\.21 +140\.33\n/);
  expect(stdout).toContain("the mix of examples/flask in the\n    README's table: not your application");
  expect(left).toEqual([]);
});

test('as JSON it holds the same, and the settings of the command line count', () => {
  const { status, stdout, stderr } = plan('--to', 'split-tier', '-c', 'application=examples/wsgi', '-c', 'minServers=3', '-c', 'instanceType=t4g.small', '--service-time', '40', '--cpu-time', '10', '--json');
  expect(status, stderr).toBe(0);
  const said = JSON.parse(stdout);
  expect(said).toMatchObject({
    application: 'examples/wsgi', findings: [], work: { service: 40, processor: 10, source: 'as you say' }, prices: { region: 'us-east-1', currency: 'USD', date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) },
    topologies: { from: 'single-node', to: 'split-tier', front: { chosen: 'nginx' }, fleet: { minServers: 3 } },
  });
  expect(said.cost.items.find(({ what }: { what: string }) => what === 'app servers').split).toEqual({ count: 3, each: 0.0168 * 730, what: 't4g.small', month: 3 * 0.0168 * 730 });
  expect(said.carried).toBeCloseTo(0.6 * 200, 6);
});

test.each<[string, string[], string]>([
  ['an unknown option', ['--form', 'x'], "plan: its options must be those of npm run plan -- --help, got unknown option '--form'; correct it"],
  ['another topology', ['--to', 'kubernetes'], 'plan: --to must be split-tier, got kubernetes; leave it out'],
  ['a setting without a value', ['-c', 'application'], 'plan: -c must be name=value, got application; give one, as in -c application=../shop'],
  ['a time that is none', ['--service-time', 'fast'], 'plan: --service-time must be milliseconds above 0, got fast; give a number, as in --service-time 40'],
  ['a processor time alone', ['--cpu-time', '4'], 'plan: --cpu-time must come with --service-time, got 4; give both'],
  ['a peak below the mean', ['--peak', '0.5'], 'plan: --peak must be a number from 1 to 100, got 0.5; give one, as in --peak 3'],
])('%s is one line and exit code 1', (_, args, message) => {
  const { status, stdout, stderr } = plan(...args);
  expect([status, stdout, stderr]).toEqual([1, '', message]);
});

test.each<[string, string[], RegExp]>([
  ['an unknown setting', ['-c', 'aplication=examples/wsgi'], /^-c: the name must be one of application, .*, got aplication; see the settings page, bin\/paddock\.ts$/],
  ['a minimum over the maximum', ['-c', 'minServers=9', '-c', 'maxServers=3'], /^split-tier: maxServers must be at least minServers \(9\), got 3; /],
  ['an application that is not there', ['-c', 'application=nowhere'], /^nowhere: the application must be a folder, got nothing there; /],
  ['a database class without a price', ['--database', 'db.x'], /^plan: the database class must be one of db\.t4g\.micro, .*, got db\.x; /],
])('%s is one line and exit code 1', (_, args, message) => {
  const { status, stderr } = plan(...args);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain('\n');
  expect(status).toBe(1);
});
