import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Api, listAt, textAt } from '../api.js';
import type { InventoryItem } from '../inventory.js';
import { existingLab } from '../lab.js';
import { eventually, Stage } from './stage.js';

/** How long the database is away, in seconds: longer than a sick server may be before it is replaced. `AWAY=600` is the long rehearsal. */
const AWAY = Number(process.env.AWAY ?? 45);
/** When good answers are there again once the database is, and the longest that a request may take, in seconds. */
const [BACK, BUDGET] = [30, 30];
/** How long such a test may take, in milliseconds. */
const PATIENCE = (AWAY + 300) * 1000;
const EXAMPLE = 'examples/django';
const SETTINGS = ['-c', 'database=postgres', '-c', 'database.instanceType=db.t4g.medium', '-c', 'database.deletionProtection=false', '-c', 'bakeTime=0',
  '-c', 'minServers=2', '-c', 'maxServers=2', '-c', 'deletionProtection=false'];

const stage = new Stage();
let site: string;

const api = () => new Api({ url: existingLab(stage.name).endpoint });
const rds = (action: string, parameters: Record<string, string> = {}) => api().query('rds', action, parameters);
const databases = async () => listAt(await rds('DescribeDBInstances'), 'DescribeDBInstancesResult', 'DBInstances')
  .map((entry) => ({ id: textAt(entry, 'DBInstanceIdentifier'), state: textAt(entry, 'DBInstanceStatus') }));
const deploy = async (stack: string, ...words: string[]) => {
  const { code, text } = await stage.run('deploy', stack, '-c', `application=${EXAMPLE}`, ...SETTINGS, ...words);
  expect(code, text).toBe(0);
  return text.trim().split('\n').at(-1)!;
};
const entries = async (url = site): Promise<number> => (await (await fetch(new URL('entries.json', url))).json() as { count: number }).count;
/** Writes into the guest book as a visitor does. */
async function write(name: string): Promise<void> {
  const page = await fetch(site);
  const [, token] = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(await page.text())!;
  const body = new URLSearchParams({ name, message: 'hello', csrfmiddlewaretoken: token! });
  const cookie = page.headers.getSetCookie().map((each) => each.split(';')[0]).join('; ');
  const answer = await fetch(site, { method: 'POST', body, redirect: 'manual', headers: { cookie, origin: new URL(site).origin } });
  expect(answer.status).toBe(302);
}
const machines = async (role: string): Promise<InventoryItem[]> => (await stage.inventory()).machines.filter((machine) => machine.role === role);
const ids = async (role: string) => (await machines(role)).map(({ id }) => id).sort();

/** What visitors were answered, one after the other, while something went on. */
async function visits(url: string, meanwhile: () => Promise<void>): Promise<{ readonly status: number; readonly seconds: number }[]> {
  const seen: { status: number; seconds: number }[] = [];
  let going = true;
  const visiting = Array.from({ length: 4 }, async () => {
    for (; going; await pause(500)) {
      const began = Date.now();
      const status = await fetch(url, { signal: AbortSignal.timeout(60_000) }).then(({ status }) => status, () => 0);
      seen.push({ status, seconds: (Date.now() - began) / 1000 });
    }
  });
  await meanwhile().finally(() => { going = false; });
  await Promise.all(visiting);
  return seen;
}

/** The database goes away and comes back: its visitors get clean errors meanwhile, and its servers stay. */
async function survivesItsDatabase(role: string, url: string): Promise<void> {
  const before = await ids(role);
  const [{ id } = { id: '' }] = await eventually(60, databases, ([one]) => one!.state === 'available');
  const seen = await visits(url, async () => {
    await rds('StopDBInstance', { DBInstanceIdentifier: id });
    await pause(AWAY * 1000);
    await rds('StartDBInstance', { DBInstanceIdentifier: id });
    await eventually(60, databases, ([one]) => one!.state === 'available');
    await eventually(BACK, () => entries(url), (count) => count > 0);
  });
  expect(seen.filter(({ status, seconds }) => seconds > BUDGET || (status !== 200 && (status < 500 || status > 504)))).toEqual([]);
  expect(seen.filter(({ status }) => status >= 500).length).toBeGreaterThan(4);
  expect(await ids(role)).toEqual(before);
}

beforeAll(() => stage.run('up'));
afterAll(() => stage.down());

describe('a database that servers share', () => {
  test('holds what visitors write', async () => {
    site = await deploy('single-node');
    await write('Ada');
    expect(await entries()).toBe(1);
    expect((await stage.inMachine("psql -U rdsadmin -tAc 'select name from entries_entry' app", 'database')).trim()).toBe('Ada');
  });

  test('keeps it when the stack of the application is destroyed and made again', async () => {
    await api().query('cloudformation', 'DeleteStack', { StackName: 'single-node' });
    await eventually(120, () => stage.inventory(), ({ machines: left, url }) => url === null && !left.some(({ role }) => role === 'single-node'));
    site = await deploy('single-node');
    expect(await entries()).toBe(1);
  });

  test('comes back by itself on its disk when its machine dies', async () => {
    const [dead] = await ids('database');
    expect((await stage.run('kill', 'database')).code).toBe(0);
    await eventually(60, () => ids('database'), (now) => now.length === 1 && now[0] !== dead);
    await eventually(BACK, () => entries(), (count) => count === 1);
  });

  test(`is away for ${AWAY} s: clean errors, and the machine stays`, () => survivesItsDatabase('single-node', site), PATIENCE);

  test('is restored from a snapshot into a stack of its own, with every row', async () => {
    const { id } = (await databases())[0]!;
    await write('Grace');
    await rds('CreateDBSnapshot', { DBInstanceIdentifier: id, DBSnapshotIdentifier: 'before-the-mistake' });
    await eventually(60, () => rds('DescribeDBSnapshots', { DBSnapshotIdentifier: 'before-the-mistake' }),
      (answer) => textAt(listAt(answer, 'DescribeDBSnapshotsResult', 'DBSnapshots')[0], 'Status') === 'available');
    await write('Mallory');
    site = await deploy('single-node', '-c', 'database.name=restored', '-c', 'database.fromSnapshot=before-the-mistake');
    expect(await databases()).toHaveLength(2);
    expect(await entries()).toBe(2);
  });

  test(`serves servers behind a balancer too, and when it is away for ${AWAY} s nobody is replaced`, async () => {
    const url = await deploy('split-tier');
    await eventually(30, () => entries(url), (count) => count === 3);
    await survivesItsDatabase('app-server', url);
  }, PATIENCE);
});
