import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '../../frameworks/django/finding.js';
import { judgePending } from '../../frameworks/django/judge.js';
import { keptParameterOf } from '../../kept-releases.js';
import type { AppServerSettings } from '../../settings.js';
import type { Aws } from '../aws/aws.js';
import { log } from '../machine/log.js';
import { places } from '../machine/places.js';
import { replaceFile } from '../machine/replace-file.js';
import { acceptOrRefuse, type prepareDatabase } from '../release/database.js';
import { inspect } from '../release/migrations.js';
import { commandPending, runReleaseCommand } from '../release/release-command.js';
import type { ReleaseFolder } from '../release/release-folder.js';
import { findDatabases } from '../release/snapshot.js';
import type { SwitchJournal } from '../release/switch-journal.js';
import { FleetCommand } from './commanded.js';
import { FleetModels } from './models.js';

/**
 * Makes the database that servers share fit for a release: once for all of them, while every other server waits. Migrations that
 * the release that serves could not live with are refused; then the release command runs.
 */
export function fleetDatabase(aws: Pick<Aws, 'ssm'>, { deployment }: AppServerSettings, instanceId: string): typeof prepareDatabase {
  const lockOf = (digest: string) => `/paddock/${deployment}/commanded/${digest.slice(0, 12)}`;
  const models = new FleetModels(aws, (digest) => `${lockOf(digest)}.models`, keptParameterOf(deployment));
  return async (next, _before, journal, accepted) => {
    if (next.manifest.releaseCommand === undefined) return [];
    let migrations: string[] = [];
    const command = new FleetCommand(aws, lockOf(next.digest), instanceId);
    // An agent that was ended while its command ran finds that it has run, and must still tell the others.
    const run = async () => { if (commandPending(next)) await journal.step('release-command', () => runReleaseCommand(next)); };
    const missing = await journal.step('release-command', () => command.once(async () => {
      if (next.manifest.framework === 'django') migrations = await journal.step('migrations', () => judge(next, models, accepted, journal));
      await run();
      return ownDatabase();
    }));
    if (missing) await run();
    // So that this machine need not ask again.
    await mkdir(places.commanded, { recursive: true, mode: 0o700 });
    await replaceFile(join(places.commanded, next.digest), '', 0o600);
    return migrations;
  };
}

/** Whether the application has databases on this server's disk, where no other server sees them. */
async function ownDatabase(): Promise<boolean> {
  const files = (await findDatabases()).map(({ path }) => path);
  if (files.length > 0) log('found databases that servers do not share', { files });
  return files.length > 0;
}

/** @returns the migrations that are pending */
async function judge({ digest }: ReleaseFolder, models: FleetModels, accepted: boolean, journal: SwitchJournal): Promise<string[]> {
  const inspection = await inspect();
  const migrations = inspection.pending.map(({ migration }) => migration);
  await journal.pending(migrations);
  log('pending migrations', { release: digest, migrations });
  const live = await models.live(digest);
  const findings = live === undefined ? [] : judgePending(inspection, await models.of(live));
  if (findings.length > 0) acceptOrRefuse(findings as [Finding, ...Finding[]], accepted);
  await models.keep(digest, inspection.models);
  return migrations;
}
