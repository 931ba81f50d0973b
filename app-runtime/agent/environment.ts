import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hosts, type MachineSettings } from '../settings.js';
import { places } from './places.js';

/** User and group of the application, the same on every machine, because its files outlive the machine that wrote them. Also in sysusers.d. */
export const APP = { uid: 900, gid: 900 };

/** Makes the application's own folder on the data volume. */
export async function giveDataFolder(): Promise<void> {
  await mkdir(places.appData, { recursive: true, mode: 0o750 });
  await chown(places.appData, APP.uid, APP.gid);
}

/** Everything the application's processes find in their environment, by name. */
export async function environmentOf(settings: MachineSettings, digest: string): Promise<Record<string, string>> {
  return {
    SECRET_KEY: await secretKey(),
    ALLOWED_HOSTS: hosts(settings).join(','),
    DATA_DIR: places.appData,
    PADDOCK_RELEASE: digest,
    ...settings.environment,
  };
}

/** Generated once and kept with the data, so that sessions and signed links outlive the machine. */
async function secretKey(): Promise<string> {
  const file = join(places.keep, 'secret-key');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await writeFile(`${file}.part`, randomBytes(48).toString('base64url'), { mode: 0o400, flush: true });
    await rename(`${file}.part`, file);
    return secretKey();
  }
}
