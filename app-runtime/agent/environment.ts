import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { service } from '../gateways/gunicorn/gunicorn.js';
import { hosts, type MachineSettings } from '../settings.js';
import { APP } from './app-user.js';
import { places } from './places.js';
import type { PlannedFile } from './plan.js';
import { quote } from './quote.js';

/** Makes the application's own folder on the data volume. */
export async function giveDataFolder(): Promise<void> {
  await mkdir(places.appData, { recursive: true, mode: 0o750 });
  await chown(places.appData, APP.uid, APP.gid);
}

/** What the application's processes find in their environment: a file on tmpfs that root alone reads and systemd hands on. */
export async function environmentFile(settings: MachineSettings, digest: string): Promise<PlannedFile> {
  const variables = {
    SECRET_KEY: await secretKey(),
    ALLOWED_HOSTS: hosts(settings).join(','),
    DATA_DIR: places.appData,
    PADDOCK_RELEASE: digest,
    ...settings.environment,
  };
  const content = Object.entries(variables).map(([name, value]) => `${quote.environment(name, value)}\n`).join('');
  return { path: places.environment, content, mode: 0o400, concerns: [service] };
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
