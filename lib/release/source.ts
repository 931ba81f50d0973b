/**
 * Source: an application's folder as a release takes it: which files, with which modes, and a fingerprint of them all.
 * Reads the folder and never writes into it.
 */
import { createHash, type Hash } from 'node:crypto';
import { copyFileSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, realpathSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { refuse } from '../refuse.js';

export interface Source {
  /** The folder's own name. */
  readonly name: string;
  readonly folder: string;
  /** Sorted by path. */
  readonly entries: readonly SourceEntry[];
}

export interface SourceEntry {
  /** Relative to the folder, with slashes. */
  readonly path: string;
  readonly executable: boolean;
  /** Target of a symbolic link, relative to the link. @default - a file */
  readonly link?: string;
}

/** What a release never holds: history, other tools' folders, local databases, and secrets of the author's computer. */
const IGNORED = /^(\.git|\.hg|\.tox|\.ssh|\.aws|node_modules|__pycache__|\.?venv|\.env(\..*)?|.*\.pyc|.*\.sqlite3(-.*)?)$/;

/**
 * Reads an application's folder.
 * @param where how the folder is called in a refusal
 * @throws Refusal when it is missing, not a folder or empty, or when a link in it leads out of it
 */
export function readSource(folder: string, where: string): Source {
  const stat = lstatSync(existsSync(folder) ? realpathSync(folder) : folder, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) refuse(where, 'the application must be a folder', stat ? 'a file' : 'nothing there', 'name the folder that holds the application');
  const root = realpathSync(folder);
  const entries = walk(root, '', where).sort((a, b) => (a.path < b.path ? -1 : 1));
  if (entries.length === 0) refuse(where, 'the application must hold files', 'an empty folder', 'name the folder that holds the application');
  return { name: basename(root), folder: root, entries };
}

function walk(root: string, under: string, where: string): SourceEntry[] {
  return readdirSync(join(root, under), { withFileTypes: true }).filter((entry) => !IGNORED.test(entry.name)).flatMap((entry) => {
    const path = under === '' ? entry.name : `${under}/${entry.name}`;
    if (entry.isDirectory()) return walk(root, path, where);
    if (entry.isSymbolicLink()) return [{ path, executable: false, link: linkInside(root, path, where) }];
    // A socket or a pipe that a server left behind is no part of the application.
    return entry.isFile() ? [{ path, executable: (lstatSync(join(root, path)).mode & 0o111) !== 0 }] : [];
  });
}

function linkInside(root: string, path: string, where: string): string {
  const link = readlinkSync(join(root, path));
  const target = existsSync(join(root, path)) ? realpathSync(join(root, path)) : undefined;
  if (target === undefined || !(target === root || target.startsWith(`${root}/`))) {
    refuse(`${where}/${path}`, 'a symbolic link must lead to something inside the application', link, 'copy what it points to into the folder, or remove the link');
  }
  return relative(dirname(join(root, path)), target) || '.';
}

/** Adds every path, mode and byte of the source to a hash. */
export function hashSource(hash: Hash, source: Source): void {
  hash.update(`${source.name}\0`);
  for (const { path, executable, link } of source.entries) {
    const content = link ?? createHash('sha256').update(readFileSync(join(source.folder, path))).digest('hex');
    hash.update(`${path}\0${executable ? 'x' : link === undefined ? '-' : 'l'}\0${content}\0`);
  }
}

/** Copies the source into a new folder, with modes that do not follow from the author's umask. */
export function copySource(source: Source, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const { path, executable, link } of source.entries) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    if (link !== undefined) symlinkSync(link, join(to, path));
    else {
      copyFileSync(join(source.folder, path), join(to, path), constants.COPYFILE_FICLONE);
      chmodSync(join(to, path), executable ? 0o755 : 0o644);
    }
  }
}
