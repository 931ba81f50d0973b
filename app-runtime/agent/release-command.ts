import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { releaseService } from '../gateways/gunicorn/gunicorn.js';
import { must, run } from './command.js';
import { log } from './log.js';
import { places } from './places.js';
import type { ReleaseFolder } from './release-folder.js';
import { replaceFile } from './replace-file.js';

/** Whether a release has a command that is still to run: neither a reboot, nor a new machine, nor a rollback runs it again. */
export function commandPending({ digest, manifest }: ReleaseFolder): boolean {
  return manifest.releaseCommand !== undefined && !existsSync(join(places.commanded, digest));
}

/**
 * Runs the release command, once for a release and the data that it belongs to, and keeps what it said. A command that an agent that was
 * ended left running is not begun again: systemd has one of a unit, and starting it means to wait for it.
 * @throws Error when it fails; it is run again at the next try
 */
export async function runReleaseCommand({ digest, manifest }: ReleaseFolder): Promise<void> {
  await mkdir(places.commanded, { recursive: true, mode: 0o700 });
  try {
    await must(['systemctl', 'start', releaseService]);
  } catch {
    throw new Error(`${manifest.releaseCommand} must succeed, got a failure; correct what it says and deploy again`);
  } finally {
    await keepOutput(digest);
  }
  log('ran release command', { release: digest, command: manifest.releaseCommand });
}

async function keepOutput(digest: string): Promise<void> {
  const { stdout: invocation } = await run(['systemctl', 'show', '-P', 'InvocationID', releaseService]);
  const { stdout } = await run(['journalctl', '--no-pager', '-o', 'short-iso', `_SYSTEMD_INVOCATION_ID=${invocation.trim()}`]);
  await replaceFile(join(places.commanded, `${digest}.log`), stdout, 0o600);
}
