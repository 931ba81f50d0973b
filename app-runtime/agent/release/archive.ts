import { mkdir } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { list, type ReadEntry } from 'tar';
import { must } from '../machine/command.js';

/**
 * Unpacks a release archive into an empty folder. The whole archive is read before anything of it is written, so that a refused
 * one leaves no trace.
 * @throws Error naming the entry that a release must not hold
 */
export async function unpack(archive: string, folder: string): Promise<void> {
  const refusals: string[] = [];
  await list({ file: archive, strict: true, onReadEntry: (entry) => {
    const reason = unfit(entry);
    if (reason) refusals.push(`release archive: every entry must stay inside it and be a plain file, folder or link, got ${JSON.stringify(entry.path)} (${reason}); build the release again`);
  } });
  if (refusals.length > 0) throw new Error(refusals[0]);
  await mkdir(folder, { recursive: true });
  // Debian's tar: thousands of small files take it a second, and Node.js ten.
  await must(['tar', '--extract', '--gzip', '--no-same-owner', '--file', archive, '--directory', folder]);
}

function unfit(entry: ReadEntry): string | undefined {
  if (!['File', 'OldFile', 'Directory', 'SymbolicLink'].includes(entry.type)) return entry.type;
  if (outside(entry.path)) return 'path outside';
  if (entry.type === 'SymbolicLink' && (entry.linkpath?.startsWith('/') || outside(join(dirname(entry.path), entry.linkpath ?? '')))) return 'link outside';
  if ((entry.mode ?? 0) & 0o6000) return 'setuid or setgid';
  return undefined;
}

function outside(path: string): boolean {
  return path.startsWith('/') || normalize(path).split('/')[0] === '..';
}
