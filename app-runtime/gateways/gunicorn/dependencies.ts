/** Dependencies: what the application locked, plus Gunicorn, as one list of pinned and hashed requirements. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FolderCache } from '../../gateway/folder-cache.js';
import { refuse } from '../../refusal.js';
import { poetryRequirements } from './poetry.js';
import { hashed, isOption, lines, pins, readRequirements } from './requirements.js';
import type { Uv } from './uv.js';
import { complaint, PYTHON, refuseInstall } from './wheels.js';

/** Older ones import pkg_resources, which Python 3.13 does not bring. */
const LEAST_GUNICORN = 21;
/** The first whose ASGI workers say that they close a connection. Source: Gunicorn's news, 26.2.2. */
const LEAST_ASGI = 27;
/** Older ones forget a connection that they have accepted and not yet read from when they are stopped. Source: gunicorn/workers/gthread.py of 23.0 and 24.1. */
const WHOLE_GUNICORN = 24;
const GUNICORN = fileURLToPath(new URL('gunicorn.txt', import.meta.url));
const LOCKS = ['requirements.txt', 'uv.lock', 'poetry.lock'] as const;

/** What an application speaks to its server. */
export type Interface = 'wsgi' | 'asgi';

export type Lock = (typeof LOCKS)[number];

/**
 * Finds the one file that locks the application's dependencies.
 * @throws Refusal when there is none, more than one, or a lock without its pyproject.toml
 */
export function findLock(folder: string, where: string): Lock {
  const [lock, other] = LOCKS.filter((name) => existsSync(join(folder, name)));
  const project = existsSync(join(folder, 'pyproject.toml'));
  if (!lock) {
    return refuse(where, 'dependencies must be locked', project ? 'pyproject.toml without a lock' : `none of ${LOCKS.join(', ')}`,
      project ? 'run `uv lock` or `poetry lock`' : 'add a requirements.txt that pins them with ==, empty when there are none');
  }
  if (other) refuse(where, 'dependencies must be locked in one file', `${lock} and ${other}`, 'remove the one that you do not keep up to date');
  if (lock !== 'requirements.txt' && !project) refuse(where, `${lock} must stand beside its pyproject.toml`, 'no pyproject.toml', 'add it');
  return lock;
}

/**
 * The application's locked requirements with Gunicorn among them, every one pinned and hashed, as one file.
 * @returns path of the file, in `scratch`
 * @throws Refusal when the lock is out of date, or holds what cannot be pinned to a wheel of an index
 */
export function lockedRequirements(folder: string, lock: Lock, uv: Uv, cache: FolderCache, scratch: string, where: string, say: (line: string) => void, speaks: Interface = 'wsgi'): string {
  const place = `${where}/${lock}`;
  const own = READERS[lock](folder, uv, where);
  const pinned = pins(own, place);
  const gunicorn = pinned.find(({ name }) => name === 'gunicorn');
  if (gunicorn && Number.parseInt(gunicorn.version, 10) < LEAST_GUNICORN) {
    refuse(place, `Gunicorn must be ${LEAST_GUNICORN} or newer, since older ones need pkg_resources, which Python ${PYTHON} does not bring`,
      gunicorn.version, 'raise its version, or remove it: Paddock brings its own');
  }
  if (gunicorn && speaks === 'asgi' && Number.parseInt(gunicorn.version, 10) < LEAST_ASGI) {
    refuse(place, `Gunicorn must be ${LEAST_ASGI} or newer to serve ASGI`, gunicorn.version, 'raise its version, or remove it: Paddock brings its own');
  }
  if (gunicorn && Number.parseInt(gunicorn.version, 10) < WHOLE_GUNICORN) say(`Gunicorn ${gunicorn.version} may drop a request when a release takes over; 24.1 and newer do not`);
  const complete = pinned.length === 0 || hashed(own) ? own : recordHashes(own, uv, cache, scratch, place);
  const file = join(scratch, 'requirements.txt');
  writeFileSync(file, [...complete, ...(gunicorn ? [] : lines(readFileSync(GUNICORN, 'utf8')))].join('\n') + '\n');
  return file;
}

const READERS: Record<Lock, (folder: string, uv: Uv, where: string) => string[]> = {
  'requirements.txt': (folder, _uv, where) => readRequirements(folder, 'requirements.txt', where),
  'poetry.lock': (folder, _uv, where) => {
    const [lock, project] = ['poetry.lock', 'pyproject.toml'].map((name) => readFileSync(join(folder, name), 'utf8'));
    return poetryRequirements(lock!, project!, where);
  },
  'uv.lock': (folder, uv, where) => {
    const exported = uv.run(['export', '--locked', '--python', uv.python, '--format', 'requirements-txt',
      '--no-default-groups', '--no-emit-project', '--no-header', '--no-annotate', '--quiet'], folder);
    if (!exported.ok) refuse(`${where}/uv.lock`, 'the lock must be up to date with pyproject.toml', complaint(exported), 'run `uv lock`');
    return lines(exported.stdout);
  },
};

/** Trusts, the first time, what the index says of a list without hashes, and holds it to that from then on. */
function recordHashes(requirements: readonly string[], uv: Uv, cache: FolderCache, scratch: string, where: string): string[] {
  const bare = join(scratch, 'bare.txt');
  writeFileSync(bare, requirements.join('\n') + '\n');
  const key = createHash('sha256').update(readFileSync(bare)).digest('hex').slice(0, 32);
  const folder = cache.once(`hashes/${key}`, (temporary) => {
    const recorded = join(temporary, 'requirements.txt');
    const compiled = uv.run(['pip', 'compile', bare, '--output-file', recorded, '--python', uv.python, '--universal', '--python-version', PYTHON,
      '--no-deps', '--generate-hashes', '--only-binary', ':all:', '--no-header', '--no-annotate', '--quiet'], scratch);
    if (!compiled.ok) refuseInstall(compiled, `Python ${PYTHON}`, where);
  });
  return [...requirements.filter(isOption), ...lines(readFileSync(join(folder, 'requirements.txt'), 'utf8'))];
}
