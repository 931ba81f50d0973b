import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { pruneSnapshots, restoreSnapshot, type SnapshotPlaces, takeSnapshot } from '../../../../app-runtime/agent/release/snapshot.js';
import { temporaryFolder } from '../../../lib/application.js';

const SCRIPT = join(import.meta.dirname, '../../../../app-runtime/gateway/templates/usr/local/lib/paddock/sqlite_databases.py');
const USER = { uid: 900, gid: 900 };
const [RELEASE, OTHER] = ['a'.repeat(64), 'b'.repeat(64)];
const running = { stop: async () => {}, start: async () => {} };

/** A machine's data volume: the application's folder is its user's, what Paddock keeps is root's alone. */
function volume(): SnapshotPlaces {
  const root = temporaryFolder();
  chmodSync(root, 0o755);
  const at = { data: join(root, 'app'), snapshots: join(root, '.paddock/snapshots'), stage: join(root, '.snapshot'), script: join(root, 'sqlite_databases.py'), user: USER };
  copyFileSync(SCRIPT, at.script);
  mkdirSync(join(root, '.paddock'), { mode: 0o700 });
  mkdirSync(at.data, { mode: 0o750 });
  chownSync(at.data, USER.uid, USER.gid);
  return at;
}

const asUser = (python: string, ...args: string[]): [string, string[]] =>
  ['setpriv', [`--reuid=${USER.uid}`, `--regid=${USER.gid}`, '--clear-groups', '/usr/bin/python3', '-c', `import os, sqlite3, sys\nos.umask(0o077)\n${python}`, ...args]];

/** What the application does with a database: one statement after the other. */
function sql(file: string, ...statements: string[]): unknown[][] {
  const [program, args] = asUser('import json\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\n'
    + 'print(json.dumps([c.execute(s).fetchall() for s in sys.argv[2:]][-1])); c.close()', file, ...statements);
  return JSON.parse(execFileSync(program, args, { encoding: 'utf8' })) as unknown[][];
}

/** A database with some rows, in a folder of the application's. */
function database(at: SnapshotPlaces, path: string, rows = 3): string {
  const file = join(at.data, path);
  sql(file, 'PRAGMA journal_mode=WAL', 'CREATE TABLE entry (id INTEGER PRIMARY KEY, pair INTEGER, text TEXT)',
    `INSERT INTO entry SELECT value, value, hex(randomblob(400)) FROM (WITH RECURSIVE n(value) AS (VALUES (1) UNION ALL SELECT value + 1 FROM n WHERE value < ${rows}) SELECT value FROM n)`);
  return file;
}

const count = (file: string) => sql(file, 'SELECT count(*) FROM entry')[0]![0];
const folders = (at: SnapshotPlaces) => readdirSync(at.snapshots).sort();

/** The application, writing two rows at a time, as fast as it can. */
async function writer(file: string): Promise<ChildProcess> {
  const [program, args] = asUser(`c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
while True:
    c.execute("BEGIN IMMEDIATE")
    for _ in range(2): c.execute("INSERT INTO entry (pair, text) SELECT (SELECT count(*) / 2 FROM entry), hex(randomblob(400))")
    c.execute("COMMIT")
    print(flush=True)`, file);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout!, 'data');
  child.stdout!.resume();
  return child;
}

for (const mode of ['WAL', 'DELETE']) {
  test(`a snapshot of a database that is being written to holds whole transactions and leaves the application its files (${mode})`, async () => {
    const at = volume();
    const file = database(at, 'shop.sqlite3', 20_000);
    sql(file, `PRAGMA journal_mode=${mode}`);
    const child = await writer(file);
    const { databases } = await takeSnapshot(RELEASE, at);
    await setTimeout(50);
    expect(child.exitCode).toBeNull();
    expect(databases).toEqual([{ path: 'shop.sqlite3', bytes: expect.any(Number), mode: 0o600 }]);
    const copy = join(at.data, 'copy');
    copyFileSync(join(at.snapshots, RELEASE, 'shop.sqlite3'), copy);
    chownSync(copy, USER.uid, USER.gid);
    expect(sql(copy, 'PRAGMA integrity_check')).toEqual([['ok']]);
    const rows = count(copy) as number;
    expect(rows).toBeGreaterThan(20_000);
    expect(rows % 2).toBe(0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    for (const name of readdirSync(at.data)) expect(statSync(join(at.data, name)).uid, name).toBe(USER.uid);
    expect(existsSync(at.stage)).toBe(false);
  });
}

test('a snapshot is for root alone to read, and has no more than the databases', async () => {
  const at = volume();
  mkdirSync(join(at.data, 'blog/old'), { recursive: true });
  for (const folder of ['blog', 'blog/old']) chownSync(join(at.data, folder), USER.uid, USER.gid);
  database(at, 'shop.sqlite3');
  database(at, 'blog/old/posts with space.db');
  writeFileSync(join(at.data, 'photo.jpg'), 'x'.repeat(1024));
  writeFileSync(join(at.data, 'upload.tmp'), readFileSync(join(at.data, 'shop.sqlite3')));
  symlinkSync('shop.sqlite3', join(at.data, 'link.sqlite3'));
  execFileSync('mkfifo', [join(at.data, 'pipe')]);
  const { databases } = await takeSnapshot(RELEASE, at);
  expect(databases.map(({ path }) => path)).toEqual(['blog/old/posts with space.db', 'shop.sqlite3']);
  for (const path of ['.', 'blog/old', 'shop.sqlite3', 'blog/old/posts with space.db', '.snapshot.json']) {
    const { uid, mode } = statSync(join(at.snapshots, RELEASE, path));
    expect([uid, mode & 0o077], path).toEqual([0, 0]);
  }
  expect(readdirSync(join(at.snapshots, RELEASE)).sort()).toEqual(['.snapshot.json', 'blog', 'shop.sqlite3']);
});

test('a release command that was cut off and is begun again does not cost the snapshot from before it', async () => {
  const at = volume();
  const file = database(at, 'shop.sqlite3', 3);
  const first = await takeSnapshot(RELEASE, at);
  sql(file, 'DELETE FROM entry');
  expect(await takeSnapshot(RELEASE, at)).toEqual(first);
  await restoreSnapshot(RELEASE, running, at);
  expect(count(file)).toBe(3);
});

test('a snapshot that was cut off is none: the next one is whole', async () => {
  const at = volume();
  database(at, 'shop.sqlite3', 3);
  mkdirSync(join(at.snapshots, `${RELEASE}.part`), { recursive: true });
  mkdirSync(at.stage, { recursive: true });
  writeFileSync(join(at.stage, 'database'), 'half');
  await expect(restoreSnapshot(RELEASE, running, at)).rejects.toThrow(`snapshot ${RELEASE}: must be one that this machine keeps, got none; choose a release before which there was a database`);
  await takeSnapshot(RELEASE, at);
  expect(folders(at)).toEqual([RELEASE]);
});

test('a database comes back as it was, with its permissions, and what replaced it can be had back too', async () => {
  const at = volume();
  const file = database(at, 'shop.sqlite3', 3);
  chmodSync(file, 0o640);
  await takeSnapshot(RELEASE, at);
  sql(file, 'DELETE FROM entry WHERE id > 1');
  // What the gateway leaves behind that is killed: a log that must not be played into the database that comes back.
  const [program, args] = asUser('c = sqlite3.connect(sys.argv[1], isolation_level=None)\nc.execute("INSERT INTO entry (text) VALUES (1)")\nos._exit(9)', file);
  expect(spawnSync(program, args).status).toBe(9);
  expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
  const done: string[] = [];
  await restoreSnapshot(RELEASE.slice(0, 12), { stop: async () => void done.push(`stop with ${count(file)}`), start: async () => void done.push(`start with ${count(file)}`) }, at);
  expect(done).toEqual(['stop with 2', 'start with 3']);
  const { uid, gid, mode } = statSync(file);
  expect([uid, gid, mode & 0o777]).toEqual([USER.uid, USER.gid, 0o640]);
  expect(sql(file, 'PRAGMA integrity_check')).toEqual([['ok']]);
  const { before } = await restoreSnapshot('before-restore', running, at);
  expect([before, count(file)]).toEqual(['before-restore-2', 2]);
  await restoreSnapshot(before, running, at);
  expect(count(file)).toBe(3);
});

test('a restore that was cut off never costs what was there before it', async () => {
  const at = volume();
  const file = database(at, 'shop.sqlite3', 3);
  await takeSnapshot(RELEASE, at);
  sql(file, 'DELETE FROM entry WHERE id > 2');
  // As the power goes: the snapshot is gone when it is to be put back, and comes again.
  const hidden = join(at.snapshots, 'hidden');
  const cut = restoreSnapshot(RELEASE, { stop: async () => renameSync(join(at.snapshots, RELEASE, 'shop.sqlite3'), hidden), start: async () => {} }, at);
  await expect(cut).rejects.toThrow(/shop\.sqlite3: the application's user must be able to put SQLite there, got .*; mend it and try again$/);
  renameSync(hidden, join(at.snapshots, RELEASE, 'shop.sqlite3'));
  sql(file, 'DELETE FROM entry WHERE id > 1');
  await restoreSnapshot(RELEASE, running, at);
  expect(count(file)).toBe(3);
  await restoreSnapshot('before-restore', running, at);
  expect(count(file)).toBe(2);
});

test('a snapshot that is not there is refused before the gateway is stopped, and those that are there are named', async () => {
  const at = volume();
  database(at, 'shop.sqlite3');
  await takeSnapshot(RELEASE, at);
  await takeSnapshot(OTHER, at);
  const stopped = { stop: () => { throw new Error('it was stopped'); }, start: async () => {} };
  await expect(restoreSnapshot('cafe', stopped, at)).rejects.toThrow(
    /^snapshot cafe: must be one that this machine keeps, got aaaaaaaaaaaaaaaa \(20\S+Z\), bbbbbbbbbbbbbbbb \(20\S+Z\); choose one of these$/);
});

test('an application without a database loses nothing by it', async () => {
  const at = volume();
  expect(await takeSnapshot(RELEASE, at)).toEqual({ name: RELEASE, taken: expect.any(String), databases: [] });
  await expect(restoreSnapshot(RELEASE, running, at)).rejects.toThrow(/got none; choose a release before which there was a database$/);
  expect(await takeSnapshot(OTHER, { ...at, data: join(at.data, 'not there yet') })).toMatchObject({ databases: [] });
});

test('a snapshot that the disk has no room for is refused before anything is written', async () => {
  const at = volume();
  database(at, 'shop.sqlite3');
  const disk = temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=60m', 'tmpfs', disk]);
  onTestFinished(() => void execFileSync('umount', [disk]));
  await expect(takeSnapshot(RELEASE, { ...at, snapshots: disk })).rejects.toThrow(
    `${disk}: 65 MiB must be free for a snapshot of the databases, got 60 MiB; remove what fills the disk, or give it a larger one`);
  expect(readdirSync(disk)).toEqual([]);
});

test('the snapshots of releases that are no longer kept are removed, what was there before a restore is not', async () => {
  const at = volume();
  database(at, 'shop.sqlite3');
  await takeSnapshot(RELEASE, at);
  await takeSnapshot(OTHER, at);
  await restoreSnapshot(OTHER, running, at);
  mkdirSync(join(at.snapshots, `${RELEASE}.part`));
  await pruneSnapshots([OTHER], at);
  expect(folders(at)).toEqual([OTHER, 'before-restore']);
});
