import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Finding, refusal } from '../../frameworks/django/finding.js';
import { judgeDatabase, judgePending } from '../../frameworks/django/judge.js';
import { log } from '../machine/log.js';
import { inspect, keepModels, modelsOf } from './migrations.js';
import { places } from '../machine/places.js';
import { commandCutOff, commandPending, endReleaseCommand, runReleaseCommand } from './release-command.js';
import type { ReleaseFolder } from './release-folder.js';
import { everServed, type Serving } from './serving.js';
import { takeSnapshot } from './snapshot.js';
import type { SwitchJournal } from './switch-journal.js';

/**
 * Makes the database fit for a release, once: migrations that what serves could not live with are refused, a copy is kept, and the release
 * command runs. A release that comes back is judged against the database as it is now.
 * @param accepted whether the person knows of such migrations
 * @returns Django's migrations that were pending
 * @throws StepError naming the step that failed; nothing that serves was touched
 */
export async function prepareDatabase(next: ReleaseFolder, before: Serving | undefined, journal: SwitchJournal, accepted: boolean): Promise<string[]> {
  const pending = commandPending(next);
  const live = before?.releases[0].digest;
  const comesBack = live !== undefined && live !== next.digest && await everServed(next.digest);
  const migrations = next.manifest.framework === 'django' && (pending || comesBack)
    ? await journal.step('migrations', () => judge(next.digest, pending ? live : undefined, comesBack, accepted, journal))
    : [];
  if (!pending) {
    if (commandCutOff(next.digest)) await endReleaseCommand(next.digest);
    return migrations;
  }
  await journal.step('snapshot', () => keepDatabases(next.digest));
  await journal.step('release-command', () => runReleaseCommand(next));
  return migrations;
}

/** As they are now; where the command was cut off, as they were before it first began. */
async function keepDatabases(digest: string): Promise<void> {
  if (!commandCutOff(digest)) await rm(join(places.snapshots, digest), { recursive: true, force: true });
  await takeSnapshot(digest);
}

/** @param live the release that goes on serving while the migrations are made; undefined where none does */
async function judge(digest: string, live: string | undefined, comesBack: boolean, accepted: boolean, journal: SwitchJournal): Promise<string[]> {
  const inspection = await inspect();
  const migrations = inspection.pending.map(({ migration }) => migration);
  if (migrations.length > 0) {
    await journal.pending(migrations);
    log('pending migrations', { release: digest, migrations });
  }
  const findings = [
    ...(live === undefined ? [] : judgePending(inspection, await modelsOf(live))),
    ...(comesBack ? judgeDatabase(inspection) : []),
  ];
  if (findings.length > 0) acceptOrRefuse(findings as [Finding, ...Finding[]], accepted);
  await keepModels(digest, inspection.models);
  return migrations;
}

/** @throws Error naming what migrations would break, unless the person knows of it */
export function acceptOrRefuse(findings: readonly [Finding, ...Finding[]], accepted: boolean): void {
  if (!accepted) throw new Error(refusal(findings));
  log('accepted incompatible migrations', { findings });
}
