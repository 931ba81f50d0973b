import { existsSync } from 'node:fs';
import { candidate, serviceOf } from '../gateways/gunicorn/gunicorn.js';
import { lay, notify } from './apply.js';
import type { Aws } from './aws.js';
import { run } from './command.js';
import { environmentFile } from './environment.js';
import { places } from './places.js';
import type { MachineContext, PlannedFile, Slot } from './plan.js';
import { open, type ReleaseFolder } from './release-folder.js';
import { plan } from './render.js';
import { fetchSecrets } from './secrets.js';
import { directoryOf, nameReleases, type Serving } from './serving.js';
import { otherSlot, startSlot } from './slots.js';

/**
 * Makes the machine what it was when it settled: what serves runs, nothing else does. Changes nothing where that is so; it is how a
 * switch is undone, and how a machine that boots takes up its work.
 * @throws Error when what serves cannot be started
 */
export async function stand(aws: Aws, now: Serving | undefined, contextOf: (release: ReleaseFolder, slot: Slot) => MachineContext): Promise<void> {
  const idle: Slot[] = now ? [otherSlot(now.slot)] : ['a', 'b'];
  // None of them is known before the first release.
  await run(['systemctl', 'stop', '--no-block', candidate.service, candidate.socket, ...idle.map(serviceOf)]);
  if (!now) return;
  const release = await open(directoryOf(now));
  const context = contextOf(release, now.slot);
  const { files, ...rest } = plan(context);
  const { concerned } = await lay([...await missingEnvironment(aws, context, release.digest), ...files]);
  await nameReleases(now.releases.map(({ digest }) => digest));
  await notify({ files, ...rest }, concerned);
  await startSlot(context);
}

/** The file is lost with the power. While it is there it is what the release was proved with, whatever a secret is by now. */
async function missingEnvironment(aws: Aws, context: MachineContext, digest: string): Promise<PlannedFile[]> {
  if (existsSync(places.environmentOf(context.slot))) return [];
  return [await environmentFile(context, digest, await fetchSecrets(aws, context.manifest.settings.secrets))];
}
