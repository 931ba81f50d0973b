import { readdirSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { places } from '../app-runtime/agent/machine/places.js';
import { readJournal, type SwitchRecord } from '../app-runtime/agent/release/switch-journal.js';
import type { Machine } from './machine.js';

/** What a machine says of its releases, on its own disk. */
export interface Releases {
  /** Digest of the release that it serves; null before it serves one. */
  readonly release: string | null;
  /** Digests of the releases that are whole on its disk, in the alphabet's order. */
  readonly kept: readonly string[];
  /** Its last switch, or the one that goes on; null before the first. */
  readonly switch: SwitchRecord | null;
}

export async function releasesOf({ root }: Machine): Promise<Releases> {
  return { release: current(root) ?? null, kept: kept(root), switch: await readJournal(join(root, places.journal)) ?? null };
}

function current(root: string): string | undefined {
  try { return basename(readlinkSync(join(root, places.current))); } catch { return undefined; }
}

/** A release has its digest for a name when it is whole, and not before. */
function kept(root: string): string[] {
  try { return readdirSync(join(root, places.releases)).filter((name) => /^[0-9a-f]{64}$/.test(name)).sort(); } catch { return []; }
}
