import { appendFile, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { KeptRelease } from '../../kept-releases.js';
import { places } from '../machine/places.js';
import type { Slot } from '../machine/plan.js';
import { replaceFile } from '../machine/replace-file.js';

/** What serves on this machine, and what served before it. On the disk it is the truth: links and units follow from it. */
export interface Serving {
  readonly slot: Slot;
  /** Newest first; the first one serves. As many as the machine keeps. */
  readonly releases: readonly [KeptRelease, ...KeptRelease[]];
}

/** How many releases stay on the machine. */
export const KEPT = 3;

/** What served when the agent last settled; undefined on a machine that never served. */
export async function readServing(): Promise<Serving | undefined> {
  try {
    return JSON.parse(await readFile(places.serving, 'utf8')) as Serving;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export async function writeServing(serving: Serving): Promise<void> {
  await replaceFile(places.serving, `${JSON.stringify(serving)}\n`);
}

/** The list after a release began to serve: it comes first, and the oldest ones are left out. */
export function promoted(release: KeptRelease, serving: Serving | undefined, slot: Slot): Serving {
  const before = (serving?.releases ?? []).filter(({ digest }) => digest !== release.digest);
  return { slot, releases: [release, ...before.slice(0, KEPT - 1)] };
}

/** Folder of the release that serves. */
export function directoryOf({ releases: [{ digest }] }: Serving): string {
  return join(places.releases, digest);
}

/** Names the releases whose static files nginx serves: the one that serves first. A link that has none is taken away. */
export async function nameReleases(digests: readonly string[]): Promise<void> {
  for (const [index, path] of [places.current, places.other, places.third].entries()) {
    const digest = digests[index];
    if (digest === undefined) await rm(path, { force: true });
    else await link(path, join(places.releases, digest));
  }
}

/** Whether a release ever served with this data, on whichever machine. */
export async function everServed(digest: string): Promise<boolean> {
  return (await readFile(places.served, 'utf8').catch(() => '')).split('\n').includes(digest);
}

export async function noteServed(digest: string): Promise<void> {
  if (!await everServed(digest)) await appendFile(places.served, `${digest}\n`, { mode: 0o600, flush: true });
}

async function link(path: string, target: string): Promise<void> {
  await rm(`${path}.part`, { force: true });
  await symlink(target, `${path}.part`);
  await rename(`${path}.part`, path);
}
