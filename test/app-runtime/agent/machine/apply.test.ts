import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apply, lay } from '../../../../app-runtime/agent/machine/apply.js';
import type { Run } from '../../../../app-runtime/agent/machine/command.js';
import type { MachinePlan, PlannedFile } from '../../../../app-runtime/agent/machine/plan.js';

let root: string;
let asked: string[];
let active: Set<string>;

/** Stands where systemd is process 1 on a machine: notes what it is asked, and knows what runs. */
const systemctl: Run = async ([, verb, ...rest]) => {
  const unit = rest.at(-1)!;
  if (verb === 'is-active') return { code: active.has(unit) ? 0 : 3, stdout: '', stderr: '' };
  asked.push([verb, ...rest].join(' '));
  if (verb === 'start') active.add(unit);
  return { code: 0, stdout: '', stderr: '' };
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'paddock-apply-'));
  asked = [];
  active = new Set();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const nginx = (body: string): PlannedFile => ({ path: '/etc/nginx/nginx.conf', content: `error_log stderr;\npid /tmp/unused.pid;\nevents {}\nhttp { ${body} }\n`, concerns: ['nginx.service'] });
const unit: PlannedFile = { path: '/etc/systemd/system/app.service', content: '[Service]\nExecStart=/bin/true\n', concerns: ['app.service'] };
const plan = (...files: PlannedFile[]): MachinePlan => ({
  files,
  units: [{ name: 'app.service', onChange: 'restart' }, { name: 'nginx.service', onChange: 'reload' }],
  checks: [{ judge: 'nginx', command: ['nginx', '-t', '-q', '-c', '{root}/etc/nginx/nginx.conf'] }],
});
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const act = async (given: MachinePlan) => (await apply(given, { root, systemctl })).paths;

test('a first apply writes every file and starts every unit in order', async () => {
  expect(await act(plan(nginx(''), unit))).toEqual(['/etc/nginx/nginx.conf', '/etc/systemd/system/app.service']);
  expect(read('/etc/systemd/system/app.service')).toBe(unit.content);
  expect(asked).toEqual(['daemon-reload', 'start app.service', 'start nginx.service']);
});

test('a second apply changes nothing and asks nothing of systemd', async () => {
  await act(plan(nginx(''), unit));
  const before = statSync(join(root, '/etc/nginx/nginx.conf')).mtimeMs;
  asked = [];
  expect(await act(plan(nginx(''), unit))).toEqual([]);
  expect(asked).toEqual([]);
  expect(statSync(join(root, '/etc/nginx/nginx.conf')).mtimeMs).toBe(before);
});

test('a changed file concerns its own unit and no other', async () => {
  await act(plan(nginx(''), unit));
  asked = [];
  expect(await act(plan(nginx('server_tokens off;'), unit))).toEqual(['/etc/nginx/nginx.conf']);
  expect(asked).toEqual(['reload nginx.service']);
});

test('a unit whose file was written by a run that was ended before it told of it is told by the next', async () => {
  await act(plan(nginx(''), unit));
  asked = [];
  await lay([nginx('server_tokens off;')], { root, systemctl });
  await lay([unit], { root, systemctl });
  expect(asked).toEqual([]);
  expect(await act(plan(nginx('server_tokens off;'), unit))).toEqual([]);
  expect(asked).toEqual(['reload nginx.service']);
});

test('a unit that took no notice is told again', async () => {
  await act(plan(nginx(''), unit));
  const refuses: Run = async (words) => (words[1] === 'reload' ? { code: 1, stdout: '', stderr: 'no' } : systemctl(words));
  await expect(apply(plan(nginx('server_tokens off;'), unit), { root, systemctl: refuses })).rejects.toThrow('systemctl reload nginx.service: must succeed, got no');
  asked = [];
  await act(plan(nginx('server_tokens off;'), unit));
  expect(asked).toEqual(['reload nginx.service']);
});

test('a config that nginx refuses is never written, and nginx says why', async () => {
  await act(plan(nginx(''), unit));
  const good = read('/etc/nginx/nginx.conf');
  asked = [];
  await expect(act(plan(nginx('proxy_paas http://x;'), { ...unit, content: 'changed' })))
    .rejects.toThrow(/^nginx refused .*unknown directive "proxy_paas" in \/etc\/nginx\/nginx.conf:4; the old files still serve$/);
  expect(read('/etc/nginx/nginx.conf')).toBe(good);
  expect(read('/etc/systemd/system/app.service')).toBe(unit.content);
  expect(asked).toEqual([]);
});

test('a file that somebody edited on the machine is put back', async () => {
  await act(plan(nginx(''), unit));
  writeFileSync(join(root, unit.path), 'edited');
  expect(await act(plan(nginx(''), unit))).toEqual([unit.path]);
});

test('a secret file is readable by root alone', async () => {
  await act(plan(nginx(''), { path: '/run/paddock/a.env', content: 'A=1', mode: 0o400 }));
  expect(statSync(join(root, '/run/paddock/a.env')).mode & 0o777).toBe(0o400);
});
