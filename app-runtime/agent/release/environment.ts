import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hosts, type SecretName } from '../../release-settings.js';
import { secretKeyOf } from '../../split-tier.js';
import { APP } from '../machine/app-user.js';
import { generatedOnce } from '../machine/generated.js';
import { places } from '../machine/places.js';
import type { MachineContext, PlannedFile } from '../machine/plan.js';
import { quote } from '../machine/quote.js';
import { mediaEnvironment } from '../media/environment.js';

/** Kept with the data, so that sessions and signed links outlive the machine. */
const SECRET_KEY = join(places.keep, 'secret-key');

/** Makes the application's own folder: on the data volume, or where there is none on the machine's own disk. */
export async function giveDataFolder(): Promise<void> {
  await mkdir(places.appData, { recursive: true, mode: 0o750 });
  await chown(places.appData, APP.uid, APP.gid);
}

/** The secrets of a release, by the variable that takes each. Servers of a fleet share a key, which a machine alone makes itself. */
export function secretNames({ settings, manifest }: Pick<MachineContext, 'settings' | 'manifest'>): Readonly<Record<string, SecretName>> {
  return settings.role === 'app-server' ? { SECRET_KEY: { secret: secretKeyOf(settings.deployment) }, ...manifest.settings.secrets } : manifest.settings.secrets;
}

/** What the application's processes find in their environment: a file on tmpfs that root alone reads and systemd hands on. */
export async function environmentFile({ settings, manifest, slot }: MachineContext, digest: string, secrets: Readonly<Record<string, string>>): Promise<PlannedFile> {
  const plain = {
    ALLOWED_HOSTS: hosts(manifest.settings, settings).join(','),
    DATA_DIR: places.appData,
    PADDOCK_RELEASE: digest,
    ...manifest.settings.media && await mediaEnvironment(settings.region),
    ...manifest.settings.environment,
  };
  const lines = [
    ...Object.entries(plain).map(([name, value]) => quote.environment(name, value)),
    ...Object.entries({ SECRET_KEY: secrets.SECRET_KEY ?? await generatedOnce(SECRET_KEY), ...secrets }).map(([name, value]) => quote.secret(name, value)),
  ];
  return { path: places.environmentOf(slot), content: lines.map((line) => `${line}\n`).join(''), mode: 0o400 };
}
