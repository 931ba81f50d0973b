import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gatewayOf, readManifest } from '../../gateways.js';
import type { ReleaseManifest } from '../../release.js';
import type { ReleasePointer } from '../../release-pointer.js';
import { unpack } from './archive.js';
import type { Aws } from '../aws/aws.js';
import { lastLine, must, run } from '../machine/command.js';
import { log } from '../machine/log.js';
import { places } from '../machine/places.js';
import { StepError } from '../reporting/step.js';
import { SwitchJournal } from './switch-journal.js';

/** A release as it lies on the machine, ready to serve. */
export interface ReleaseFolder {
  readonly digest: string;
  readonly directory: string;
  readonly manifest: ReleaseManifest;
}

/**
 * Brings a release to the machine, in a process of its own: what it takes to unpack one is given back when it is done, and the
 * agent that watches stays small.
 * @throws StepError as the process says, Error when the release on the machine cannot be read
 */
export async function bring(pointer: ReleasePointer): Promise<ReleaseFolder> {
  const directory = join(places.releases, pointer.digest);
  if (!existsSync(directory)) {
    const { code, stdout, stderr } = await run([process.execPath, process.argv[1]!, 'bring', JSON.stringify(pointer)]);
    process.stdout.write(stdout);
    if (code !== 0) throw StepError.read(lastLine(stderr));
  }
  return open(directory);
}

/**
 * Download, digest, unpack, prepare. The release appears under its digest only when it is whole, so that a machine that is killed
 * half way begins again.
 * @param runs whether this machine runs it; a balancer serves its static files alone
 */
export async function fetchRelease(aws: Aws, pointer: ReleasePointer, runs: boolean, journal = new SwitchJournal()): Promise<void> {
  const directory = join(places.releases, pointer.digest);
  const part = `${directory}.part`;
  const archive = `${part}.tar.gz`;
  await rm(part, { recursive: true, force: true });
  try {
    const digest = await journal.step('download', () => aws.download(pointer, archive));
    await journal.step('digest', async () => refuseDigest(pointer, digest));
    await journal.step('unpack', () => unpack(archive, part));
    await journal.step('prepare', () => prepare(part, runs));
    // A name that is on the disk before the content is a release of empty files after a power cut.
    await must(['sync', '-f', part]);
    await rename(part, directory);
    log('brought release', { digest: pointer.digest });
  } finally {
    for (const left of [part, archive]) await rm(left, { recursive: true, force: true });
  }
}

/** Reads a release that is on the machine already. */
export async function open(directory: string): Promise<ReleaseFolder> {
  return { digest: basename(directory), directory, manifest: await manifestOf(directory) };
}

/** Removes every release but those named. */
export async function prune(digests: readonly string[]): Promise<void> {
  const old = (await readdir(places.releases)).filter((name) => !digests.includes(name));
  for (const name of old) await rm(join(places.releases, name), { recursive: true, force: true });
}

async function refuseDigest({ bucket, key, digest }: ReleasePointer, got: string): Promise<void> {
  if (got !== digest) throw new Error(`release ${bucket}/${key}: SHA-256 must be ${digest}, got ${got}; nothing of it was unpacked, deploy again`);
}

async function manifestOf(directory: string): Promise<ReleaseManifest> {
  return readManifest(await readFile(join(directory, 'release.json'), 'utf8'));
}

async function prepare(directory: string, runs: boolean): Promise<void> {
  const manifest = await manifestOf(directory);
  // It holds the application's plain environment, which is nobody else's to read.
  await chmod(join(directory, 'release.json'), 0o600);
  if (runs) await gatewayOf(manifest).ready?.(directory);
}
