/**
 * Cache: what was built once and need not be built again, in folders named by what they follow from. Each folder is
 * built beside its place and renamed into it, so that two builds at once, or one that was killed, leave nothing half made.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { refuse } from '../refuse.js';

/** How many releases stay: enough to go back and forth between a few branches without building again. */
const RELEASES_KEPT = 20;
/** No build takes an hour: a temporary folder that old belongs to one that was killed. */
const ABANDONED_MS = 3_600_000;
/** Errors of a disk that a person can mend, not a fault of the build. */
const DISK = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM']);

export class Cache {
  /** @param directory where everything lies. @default `$XDG_CACHE_HOME/paddock`, or `~/.cache/paddock` */
  constructor(readonly directory = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'paddock')) {}

  /**
   * The folder of that name; makes it when it is not there yet.
   * @param make fills the temporary folder that it is given
   */
  once(name: string, make: (folder: string) => void): string {
    const place = join(this.directory, name);
    if (existsSync(place)) return place;
    return this.withTemporary((temporary) => {
      make(temporary);
      mkdirSync(join(place, '..'), { recursive: true });
      try {
        renameSync(temporary, place);
      } catch (error) {
        // Somebody else was quicker: theirs follows from the same name, so it is as good.
        if (!existsSync(place)) throw error;
      }
      return place;
    });
  }

  /** Lends a temporary folder on the cache's own disk. */
  withTemporary<T>(use: (folder: string) => T): T {
    const parent = join(this.directory, 'tmp');
    mkdirSync(parent, { recursive: true });
    const temporary = mkdtempSync(join(parent, 'build-'));
    try {
      return use(temporary);
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  }

  /** Notes that a release was used, so that it is not among the first to go. */
  touch(place: string): void {
    utimesSync(place, new Date(), new Date());
  }

  /** Removes what killed builds left and the releases that were not used for the longest time. */
  prune(): void {
    for (const left of list(join(this.directory, 'tmp'))) {
      if (Date.now() - left.mtimeMs > ABANDONED_MS) rmSync(left.path, { recursive: true, force: true });
    }
    const releases = list(join(this.directory, 'releases')).sort((a, b) => b.mtimeMs - a.mtimeMs);
    for (const { path } of releases.slice(RELEASES_KEPT)) rmSync(path, { recursive: true, force: true });
  }

  /**
   * Turns a disk's error into a line for the person who can mend it; rethrows any other.
   * @throws Refusal when the disk is full, or the cache cannot be written
   */
  explain(error: unknown): never {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const full = /no space left on device|quota exceeded/i.test(message);
    if (full || DISK.has(code)) {
      refuse(this.directory, 'the cache must be writable and have room for a release', full ? 'no space left on device' : code,
        'make room or allow it, or set XDG_CACHE_HOME to another disk');
    }
    throw error;
  }
}

/** Writes a file of a cache as a whole or not at all. */
export function writeWhole(file: string, bytes: Buffer): void {
  writeFileSync(`${file}.${process.pid}`, bytes);
  renameSync(`${file}.${process.pid}`, file);
}

function list(folder: string): { path: string; mtimeMs: number }[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.flatMap((name) => {
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat ? [{ path, mtimeMs: stat.mtimeMs }] : [];
  });
}
