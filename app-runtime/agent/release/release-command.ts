import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { releaseService } from '../../gateway/units.js';
import { must, run } from '../machine/command.js';
import { log } from '../machine/log.js';
import { places } from '../machine/places.js';
import { journalSettles } from '../reporting/journal.js';
import type { ReleaseFolder } from './release-folder.js';
import { replaceFile } from '../machine/replace-file.js';
import { pause } from '../aws/retry.js';

/** Whether a release has a command that is still to run: neither a reboot, nor a new machine, nor a rollback runs it again. */
export function commandPending({ digest, manifest }: ReleaseFolder): boolean {
  return manifest.releaseCommand !== undefined && !existsSync(join(places.commanded, digest));
}

/** Whether a release's command was begun and nobody knows how it ended. */
export function commandCutOff(digest: string): boolean {
  return existsSync(begun(digest));
}

/**
 * Runs the release command, once for a release and the data that it belongs to, and keeps what it said. A command that an agent that was
 * ended left running is not begun again: systemd has one of a unit, and starting it means to wait for it.
 * @throws Error when it fails; it is run again at the next try
 */
export async function runReleaseCommand({ digest, manifest }: ReleaseFolder): Promise<void> {
  await mkdir(places.commanded, { recursive: true, mode: 0o700 });
  await replaceFile(begun(digest), '', 0o600);
  try {
    await must(['systemctl', 'start', releaseService]);
  } catch {
    throw new Error(`${manifest.releaseCommand} must succeed, got a failure; correct what it says and deploy again`);
  } finally {
    await endReleaseCommand(digest);
  }
  log('ran release command', { release: digest, command: manifest.releaseCommand });
}

/** Waits for a command that an agent before this one began. */
export async function untilCommandEnds(): Promise<void> {
  const activating = async () => (await run(['systemctl', 'is-active', releaseService])).stdout.trim() === 'activating';
  while (await activating()) await pause(500);
}

/** Keeps what the command said; also where it ended while no agent ran. */
export async function endReleaseCommand(digest: string): Promise<void> {
  await journalSettles();
  // By the journal's own count of invocations: systemd forgets a unit that has ended well.
  const { stdout } = await run(['journalctl', '--no-pager', '-q', '-o', 'short-iso', '--invocation=0', '-u', releaseService]);
  await replaceFile(join(places.commanded, `${digest}.log`), stdout, 0o600);
  await rm(begun(digest), { force: true });
}

function begun(digest: string): string {
  return join(places.commanded, `${digest}.begun`);
}
