/** Archive: a folder as one .tar or .tar.gz whose bytes follow from the folder's content and from nothing else. */
import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, type Stats, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PackSync } from 'tar';

/**
 * Writes the archive: sorted entries, no owner, modes 0755 and 0644, and for each file a time that follows from its content. nginx
 * makes an ETag of time and size: with one time for all, a changed file of the same size would pass for the old one in every browser.
 * @param closed paths of files that their owner alone may read: mode 0600
 * @param gzip whether it is compressed
 * @returns SHA-256 of its bytes, in hexadecimal
 */
export function writeArchive(folder: string, file: string, { closed = [], gzip = true }: { readonly closed?: readonly string[]; readonly gzip?: boolean } = {}): string {
  const stats = new Map<string, Stats>();
  const paths = walk(folder, '', stats);
  for (const path of closed) stats.get(join(folder, path))!.mode &= ~0o077;
  const pack = new PackSync({ cwd: folder, portable: true, ...(gzip && { gzip: { level: 6 } }), noDirRecurse: true, statCache: stats });
  const digest = createHash('sha256');
  const out = openSync(file, 'w');
  try {
    pack.on('data', (chunk: Buffer) => {
      digest.update(chunk);
      for (let written = 0; written < chunk.length;) written += writeSync(out, chunk, written);
    });
    for (const path of paths) pack.add(path);
    pack.end();
  } finally {
    closeSync(out);
  }
  return digest.digest('hex');
}

function walk(folder: string, under: string, stats: Map<string, Stats>): string[] {
  return readdirSync(join(folder, under)).sort().flatMap((name) => {
    const path = under === '' ? name : `${under}/${name}`;
    const stat = lstatSync(join(folder, path));
    stats.set(join(folder, path), normalise(stat, stat.isFile() ? timeOf(readFileSync(join(folder, path))) : new Date(0)));
    return stat.isDirectory() ? [path, ...walk(folder, path, stats)] : [path];
  });
}

/** One link: wheels are hard links into a cache, and what else links there is no part of the release. */
function normalise(stat: Stats, mtime: Date): Stats {
  const executable = stat.isDirectory() || (stat.mode & 0o111) !== 0;
  return Object.assign(stat, { nlink: 1, mtime, mode: (stat.mode & ~0o7777) | (executable ? 0o755 : 0o644) });
}

/** A second between 1970 and 2004, chosen by the content. */
function timeOf(content: Buffer): Date {
  return new Date((createHash('sha256').update(content).digest().readUInt32BE(0) >>> 2) * 1000);
}
