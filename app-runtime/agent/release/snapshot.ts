import { constants } from 'node:fs';
import { chown, mkdir, open, readdir, readFile, rename, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { APP } from '../machine/app-user.js';
import { lastLine, must, run } from '../machine/command.js';
import { log } from '../machine/log.js';
import { places } from '../machine/places.js';
import { replaceFile } from '../machine/replace-file.js';

/** The SQLite databases of the application's folder as they were at one moment. */
export interface Snapshot {
  /** Digest of the release whose command it was taken before; `before-restore` where it was taken before a restore. */
  readonly name: string;
  /** ISO 8601. */
  readonly taken: string;
  readonly databases: readonly Database[];
  /** The restore that it was taken before was cut off, as far as is known. @default - it came to its end */
  readonly unfinished?: true;
}

export interface Database {
  /** Below the application's folder, and below the snapshot's. */
  readonly path: string;
  readonly bytes: number;
  /** Its permissions. */
  readonly mode: number;
}

/** Where databases are, and where snapshots go. */
export interface SnapshotPlaces {
  readonly data: string;
  readonly snapshots: string;
  /** Where the application's user writes copies, which it can do nowhere that is root's alone. On the same filesystem as the snapshots. */
  readonly stage: string;
  readonly script: string;
  readonly user: { readonly uid: number; readonly gid: number };
}

/** How the application is kept from its databases meanwhile. */
export interface Gateway {
  stop(): Promise<void>;
  start(): Promise<void>;
}

const PLACES: SnapshotPlaces = {
  data: places.appData, snapshots: places.snapshots, stage: join(places.data, '.snapshot'), script: '/usr/local/lib/paddock/sqlite_databases.py', user: APP,
};

/** What must be left free beside a snapshot, in MiB. */
const LEFT = 64;

/** How long a database may take to be found, copied or put back, in seconds: CloudFormation waits 15 minutes for all that a release takes. */
const PATIENCE = 120;

/** What a snapshot says of itself, in its folder. Written last. */
const RECORD = '.snapshot.json';

const BEFORE = 'before-restore';

/**
 * Keeps the databases as they are before a release's command, while the application goes on writing to them. A second time for the same
 * release keeps the first: a command that was cut off may have changed them by then.
 * @throws Error when there is no room for them, before anything is written, or when one cannot be copied
 */
export async function takeSnapshot(digest: string, at: SnapshotPlaces = PLACES): Promise<Snapshot> {
  return await read(digest, at) ?? keep({ name: digest }, at);
}

/**
 * Puts the databases back as they were before a release's command, and keeps what is there now, as `before-restore` unless that is what is put
 * back. A database that the snapshot does not have is left alone.
 * @param name of the snapshot, or its start
 * @returns what was put back, and the name under which what was there before is kept
 * @throws Error when there is no such snapshot or no room, before the gateway is stopped; it is started again in any case
 */
export async function restoreSnapshot(name: string, gateway: Gateway, at: SnapshotPlaces = PLACES): Promise<Snapshot & { readonly before: string }> {
  const snapshot = await choose(name, at);
  const before = await nameBeside(snapshot.name, at);
  const next = Math.max(...snapshot.databases.map(({ bytes }) => bytes));
  await refuseWithoutRoom(next + sum(await findDatabases(at)), at);
  await gateway.stop();
  try {
    await keep({ name: before, unfinished: true }, at);
    for (const { path, mode } of snapshot.databases) await asUser(at, ['put', join(at.data, path), String(mode)], join(at.snapshots, snapshot.name, path));
    for (const { unfinished: _, ...finished } of await all(at)) await write(finished, join(at.snapshots, finished.name));
  } finally {
    await gateway.start();
  }
  return { ...snapshot, before };
}

/** Removes the snapshots of every release but those named. */
export async function pruneSnapshots(digests: readonly string[], at: SnapshotPlaces = PLACES): Promise<void> {
  const old = (await names(at)).filter((name) => !digests.includes(name) && (!name.startsWith(BEFORE) || name.endsWith('.part')));
  for (const name of old) await rm(join(at.snapshots, name), { recursive: true, force: true });
}

/** It appears under its name only when it is whole and on the disk. */
async function keep(snapshot: Pick<Snapshot, 'name' | 'unfinished'>, at: SnapshotPlaces): Promise<Snapshot> {
  const databases = await findDatabases(at);
  const kept = { ...snapshot, taken: new Date().toISOString(), databases };
  const folder = join(at.snapshots, snapshot.name);
  const part = `${folder}.part`;
  await mkdir(at.snapshots, { recursive: true, mode: 0o700 });
  await refuseWithoutRoom(sum(databases), at);
  try {
    await rm(part, { recursive: true, force: true });
    await mkdir(part, { mode: 0o700 });
    for (const { path } of databases) await copy(path, part, at);
    await write(kept, part);
    await must(['sync', '-f', part]);
    await rm(folder, { recursive: true, force: true });
    await rename(part, folder);
    await must(['sync', '-f', at.snapshots]);
  } finally {
    for (const left of [part, at.stage]) await rm(left, { recursive: true, force: true });
  }
  log('took snapshot', { name: kept.name, databases: databases.length, bytes: sum(databases) });
  return kept;
}

/** The application's user makes the copy, because a database that root opens gets files beside it that are root's; then root takes it away. */
async function copy(path: string, folder: string, at: SnapshotPlaces): Promise<void> {
  const staged = join(at.stage, 'database');
  const target = join(folder, path);
  await rm(at.stage, { recursive: true, force: true });
  await mkdir(at.stage, { mode: 0o700 });
  await chown(at.stage, at.user.uid, at.user.gid);
  await asUser(at, ['copy', join(at.data, path), staged]);
  const file = await open(staged, constants.O_RDONLY | constants.O_NOFOLLOW);
  await file.chown(0, 0).then(() => file.chmod(0o600)).finally(() => file.close());
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await rename(staged, target);
}

export async function findDatabases(at: SnapshotPlaces = PLACES): Promise<Database[]> {
  return JSON.parse(await asUser(at, ['find', at.data])) as Database[];
}

/** Runs a verb of sqlite_databases.py. */
async function asUser({ script, user: { uid, gid } }: SnapshotPlaces, words: readonly string[], input = '/dev/null'): Promise<string> {
  const python = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '/usr/bin/python3', '-I', script, ...words];
  const { code, stdout, stderr } = await run(['sh', '-c', 'exec timeout "$@" < "$0"', input, String(PATIENCE), ...python]);
  // 124 is how timeout says it.
  const got = code === 124 ? `no end of it within ${PATIENCE} s` : lastLine(stderr);
  if (code !== 0) throw new Error(`${words[1]}: the application's user must be able to ${words[0]} SQLite there, got ${got}; mend it and try again`);
  return stdout;
}

async function refuseWithoutRoom(bytes: number, { snapshots }: SnapshotPlaces): Promise<void> {
  const { bavail, bsize } = await statfs(snapshots);
  const [needed, free] = [Math.ceil(bytes / 2 ** 20) + LEFT, Math.floor((bavail * bsize) / 2 ** 20)];
  if (free >= needed) return;
  throw new Error(`${snapshots}: ${needed} MiB must be free for a snapshot of the databases, got ${free} MiB; remove what fills the disk, or give it a larger one`);
}

async function choose(name: string, at: SnapshotPlaces): Promise<Snapshot> {
  const kept = (await all(at)).filter(({ databases }) => databases.length > 0);
  const found = kept.filter((one) => one.name === name);
  const [snapshot, other] = found.length > 0 ? found : kept.filter((one) => one.name.startsWith(name));
  if (snapshot && !other) return snapshot;
  const there = kept.map((one) => `${one.name.slice(0, 16)} (${one.taken})`).join(', ');
  const todo = there ? 'one of these' : 'a release before which there was a database';
  throw new Error(`snapshot ${name}: must be one that this machine keeps, got ${there || 'none'}; choose ${todo}`);
}

/** Where what is there now is kept: never in place of what is put back, nor of what a restore that was cut off replaced. */
async function nameBeside(source: string, at: SnapshotPlaces): Promise<string> {
  for (let times = 1; ; times++) {
    const name = times === 1 ? BEFORE : `${BEFORE}-${times}`;
    if (name !== source && !(await read(name, at))?.unfinished) return name;
  }
}

async function all(at: SnapshotPlaces): Promise<Snapshot[]> {
  const found = await Promise.all((await names(at)).map((name) => read(name, at)));
  return found.filter((snapshot) => snapshot !== undefined);
}

async function names({ snapshots }: SnapshotPlaces): Promise<string[]> {
  return (await readdir(snapshots).catch(() => [])).sort();
}

/** A folder without a record, or with half of one, is no snapshot. */
async function read(name: string, { snapshots }: SnapshotPlaces): Promise<Snapshot | undefined> {
  try {
    return name.endsWith('.part') ? undefined : JSON.parse(await readFile(join(snapshots, name, RECORD), 'utf8')) as Snapshot;
  } catch {
    return undefined;
  }
}

async function write(snapshot: Snapshot, folder: string): Promise<void> {
  await replaceFile(join(folder, RECORD), `${JSON.stringify(snapshot)}\n`, 0o600);
}

function sum(databases: readonly Database[]): number {
  return databases.reduce((bytes, database) => bytes + database.bytes, 0);
}
