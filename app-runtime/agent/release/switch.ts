import { rm } from 'node:fs/promises';
import { candidate, serviceOf } from '../../gateway/units.js';
import { workersOf } from '../../gateways.js';
import type { KeptRelease } from '../../kept-releases.js';
import { secretsOf } from '../../release-settings.js';
import type { S3Object } from '../../settings.js';
import { check, lay, notify } from '../machine/apply.js';
import type { Aws } from '../aws/aws.js';
import { proveMedia } from '../media/role.js';
import { bake } from './bake.js';
import { run } from '../machine/command.js';
import type { prepareDatabase } from './database.js';
import { environmentFile, giveDataFolder, secretNames } from './environment.js';
import { log } from '../machine/log.js';
import { places } from '../machine/places.js';
import type { MachineContext, MachinePlan, Slot } from '../machine/plan.js';
import { pruneModels } from './migrations.js';
import { untilReady } from './readiness.js';
import { prune, type ReleaseFolder } from './release-folder.js';
import { plan, readinessQuestion } from '../machine/render.js';
import { fetchSecrets } from './secrets.js';
import { nameReleases, noteServed, promoted, type Serving, writeServing } from './serving.js';
import { beginStop, endsOf, startSlot, stopSlot, withCandidate } from './slots.js';
import { pruneSnapshots } from './snapshot.js';
import type { SwitchJournal } from './switch-journal.js';

/** One switch: a release takes over in the slot that is free, and what served before it stops. Each step is written down before it is taken. */
export class Switch {
  /**
   * @param before what serves; undefined where nothing does: then there is nobody to prove a release beside
   * @param prepare makes the database fit for a release
   */
  constructor(
    private readonly aws: Aws, private readonly context: MachineContext, private readonly journal: SwitchJournal,
    private readonly before: Serving | undefined, private readonly next: ReleaseFolder, private readonly prepare: typeof prepareDatabase,
  ) {}

  /**
   * Makes the release serve.
   * @returns what serves now, and which migrations were made for it
   * @throws StepError naming the step that failed; what is half done is the caller's to undo
   */
  async run({ bucket, key, digest }: S3Object, accepted: boolean): Promise<Serving> {
    const wanted = await this.configure();
    const migrations = await this.prepare(this.next, this.before, this.journal, accepted);
    if (this.before) await this.prove();
    await this.handOver(wanted);
    await this.journal.step('bake', () => bake(this.context, this.before ? this.next.manifest.settings.bakeSeconds : 0));
    return this.settle({ bucket, key, digest, served: new Date().toISOString(), migrations: this.made(migrations), secrets: secretsOf(this.next.manifest.settings) });
  }

  /** A release that is started anew made its migrations when it first served. */
  private made(migrations: readonly string[]): readonly string[] {
    const earlier = this.before?.releases.find(({ digest }) => digest === this.next.digest);
    return migrations.length > 0 ? migrations : earlier?.migrations ?? [];
  }

  /** Files that no running unit takes notice of are written; the daemons have judged all of them. */
  private async configure(): Promise<MachinePlan> {
    const secrets = await this.journal.step('secrets', async () => {
      await proveMedia(this.aws, this.context);
      return fetchSecrets(this.aws, secretNames(this.context));
    });
    return this.journal.step('configure', async () => {
      await giveDataFolder();
      const { files, ...rest } = plan(this.context);
      const wanted = { files: [await environmentFile(this.context, this.next.digest, secrets), ...files], ...rest };
      await check(wanted);
      await lay(wanted.files.filter(({ concerns = [] }) => concerns.length === 0));
      return wanted;
    });
  }

  private async prove(): Promise<void> {
    const workers = workersOf(this.context);
    await this.journal.step('start', () => withCandidate(async () => {
      const inVain = await endsOf(candidate.service);
      await this.journal.step('readiness', () => untilReady(readinessQuestion(this.context, 'candidate'), { workers, atOnce: workers * 16, limit: this.next.manifest.settings.startSeconds, inVain }));
    }));
  }

  /** Both releases take requests for as long as it takes the new one's workers to load the application; then the old one takes none. */
  private async handOver(wanted: MachinePlan): Promise<void> {
    const [current, ...others] = this.before?.releases.map(({ digest }) => digest) ?? [];
    const { digest } = this.next;
    await this.journal.step('hand-over', async () => {
      await nameReleases(unique([...(current ? [current] : []), digest, ...others]));
      const { concerned } = await lay(wanted.files);
      await notify(wanted, concerned);
      await startSlot(this.context);
      if (this.before) await beginStop(serviceOf(this.before.slot));
      await nameReleases(unique([digest, ...(current ? [current] : []), ...others]));
    });
  }

  /** The old release ends within the request budget. From the moment that what serves is written down, nothing is undone any more. */
  private async settle(record: KeptRelease): Promise<Serving> {
    const now = promoted(record, this.before, this.context.slot);
    await this.journal.step('settle', async () => {
      if (this.before) await this.end(this.before.slot);
      await noteServed(record.digest);
      await writeServing(now);
      await this.tidy(now).catch((error: Error) => log('could not tidy up', { error: error.message }));
    });
    return now;
  }

  private async tidy({ releases }: Serving): Promise<void> {
    const kept = releases.map(({ digest }) => digest);
    await nameReleases(kept);
    if (this.before) await rm(places.environmentOf(this.before.slot), { force: true });
    await prune(kept);
    await pruneSnapshots(kept);
    await pruneModels(kept);
  }

  private async end(slot: Slot): Promise<void> {
    await stopSlot(slot);
    const { stdout } = await run(['journalctl', '--no-pager', '-q', '-o', 'cat', '--invocation=0', '-u', serviceOf(slot), '--grep', 'cut \\d+ requests']);
    const cut = [...stdout.matchAll(/cut (\d+) requests/g)].reduce((sum, [, count]) => sum + Number(count), 0);
    if (cut > 0) log('cut requests at the request budget', { slot, requests: cut });
  }
}

function unique(digests: readonly string[]): string[] {
  return [...new Set(digests)];
}
