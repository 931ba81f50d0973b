import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { releaseService } from '../gateways/gunicorn/gunicorn.js';
import { lay } from './apply.js';
import { must } from './command.js';
import { log } from './log.js';
import { places } from './places.js';
import type { MachinePlan } from './plan.js';
import type { ReleaseFolder } from './release-folder.js';

/** What the command needs on the machine. What serves stays as it is meanwhile: should it be restarted, it is the old release that starts. */
const NEEDED = [places.environment, `/etc/systemd/system/${releaseService}`, '/etc/systemd/system/app-barrier.service'];

/**
 * Runs the release command once for a release and the data that it belongs to: neither a reboot nor a new machine runs it again.
 * @returns the units that what it needed concerns
 * @throws Error when it fails; it is run again at the next try
 */
export async function runReleaseCommand({ digest, manifest }: ReleaseFolder, { files }: MachinePlan): Promise<ReadonlySet<string>> {
  const mark = join(places.commanded, digest);
  if (manifest.releaseCommand === undefined || existsSync(mark)) return new Set();
  const { concerned } = await lay(files.filter(({ path }) => NEEDED.includes(path)));
  try {
    await must(['systemctl', 'start', releaseService]);
  } catch {
    throw new Error(`release command: ${manifest.releaseCommand} must succeed, got a failure; see the application's log`);
  }
  await mkdir(places.commanded, { recursive: true });
  await writeFile(mark, '', { flush: true });
  log('ran release command', { release: digest, command: manifest.releaseCommand });
  return concerned;
}
