import { existsSync } from 'node:fs';
import { candidate, serviceOf } from '../../gateway/units.js';
import { lay, notify } from '../machine/apply.js';
import type { Aws } from '../aws/aws.js';
import { run } from '../machine/command.js';
import { environmentFile, secretNames } from './environment.js';
import { places } from '../machine/places.js';
import type { MachineContext, PlannedFile, Slot } from '../machine/plan.js';
import { open, type ReleaseFolder } from './release-folder.js';
import { plan } from '../machine/render.js';
import { untilCommandEnds } from './release-command.js';
import { fetchSecrets } from './secrets.js';
import { directoryOf, nameReleases, type Serving } from './serving.js';
import { otherSlot, startSlot, untilStopped } from './slots.js';

/**
 * Makes the machine what it was when it settled: what serves runs, nothing else does. Changes nothing where that is so; it is how a
 * switch is undone, and how a machine that boots takes up its work.
 * @throws Error when what serves cannot be started
 */
export async function stand(aws: Aws, now: Serving | undefined, contextOf: (release: ReleaseFolder, slot: Slot) => MachineContext): Promise<void> {
  const idle: Slot[] = now ? [otherSlot(now.slot)] : ['a', 'b'];
  if (now) await untilStopped(now.slot);
  // None of them is known before the first release.
  await run(['systemctl', 'stop', '--no-block', candidate.service, candidate.socket, ...idle.map(serviceOf)]);
  if (!now) return;
  const release = await open(directoryOf(now));
  const context = contextOf(release, now.slot);
  await lay(await missingEnvironment(aws, context, release.digest));
  // What its unit says when it ends is of the release that began it.
  await untilCommandEnds();
  try {
    await restore(context, now);
  } finally {
    // Its own files are there: a full disk that keeps others from being written is no reason not to serve.
    await startSlot(context);
  }
}

async function restore(context: MachineContext, { releases }: Serving): Promise<void> {
  const { files, ...rest } = plan(context);
  const { concerned } = await lay(files);
  await nameReleases(releases.map(({ digest }) => digest));
  await notify({ files, ...rest }, concerned);
}

/** The file is lost with the power. While it is there it is what the release was proved with, whatever a secret is by now. */
async function missingEnvironment(aws: Aws, context: MachineContext, digest: string): Promise<PlannedFile[]> {
  if (existsSync(places.environmentOf(context.slot))) return [];
  return [await environmentFile(context, digest, await fetchSecrets(aws, secretNames(context)))];
}
