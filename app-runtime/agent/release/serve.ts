import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ReleasePointer } from '../../release-pointer.js';
import type { MachineSettings } from '../../settings.js';
import type { Aws } from '../aws/aws.js';
import { refuseFullDisk } from '../machine/disk.js';
import { prepareDatabase } from './database.js';
import { environmentFile, secretNames } from './environment.js';
import { lastSaid } from './last-said.js';
import { log } from '../machine/log.js';
import type { Facts, MachineContext, Slot } from '../machine/plan.js';
import { bring, open, prune, type ReleaseFolder } from './release-folder.js';
import { refuseReplay } from './replay.js';
import { fetchSecrets } from './secrets.js';
import { directoryOf, everServed, readServing, type Serving } from './serving.js';
import { stand } from './stand.js';
import { endSlots, otherSlot, startSlot, stopSlot } from './slots.js';
import { restoreSnapshot } from './snapshot.js';
import { StepError } from '../reporting/step.js';
import { Switch } from './switch.js';
import { readJournal, SwitchJournal, type SwitchRecord } from './switch-journal.js';
import { type Wanted, wantedRelease } from './wanted.js';

/** Makes this machine serve releases, one at a time: whatever is asked of it meanwhile waits for its turn. */
export class Server {
  private now: Serving | undefined;
  /** Whether what serves was seen to run since the agent began. */
  private up = false;
  private turn: Promise<unknown> = Promise.resolve();
  /** Whether the machine leaves: nothing is started any more. */
  private left = false;

  /** @param prepare makes the database fit for a release. @default - it is this machine's own */
  constructor(private readonly aws: Aws, private readonly settings: MachineSettings, private readonly facts: Facts, private readonly prepare = prepareDatabase) {}

  /** What serves; undefined while nothing does. */
  get serving(): Serving | undefined {
    return this.now;
  }

  /** What still serves, for the person who reads of a failure. */
  get serves(): string {
    return this.now ? `release ${this.now.releases[0].digest.slice(0, 12)}` : 'nothing';
  }

  /** Whether a release is to serve that could not be taken up: a secret that could not be fetched, a database that was away. */
  get down(): boolean {
    return this.now !== undefined && !this.up;
  }

  /** The release that this deployment must serve. */
  wanted(): Promise<Wanted> {
    return wantedRelease(this.aws, this.settings);
  }

  /**
   * Takes up what served when the agent, or the machine, was last ended, and undoes a switch that was cut off. What runs well goes on
   * untouched.
   */
  async resume(): Promise<void> {
    await this.alone(async () => {
      this.now = await readServing();
      if (this.now && !existsSync(directoryOf(this.now))) this.now = undefined;
      const cut = await readJournal();
      await this.tryToStand();
      if (cut && !cut.ended) await this.conclude(cut).catch((error: Error) => log('could not write down how it ended', { error: error.message }));
    });
  }

  /** Takes up what serves once more, after that failed. */
  async mend(): Promise<void> {
    await this.alone(() => this.tryToStand());
  }

  /**
   * Serves a release.
   * @throws StepError naming the step that failed; what served before goes on serving
   */
  async serve(pointer: ReleasePointer): Promise<void> {
    await this.take(() => pointer.digest, async (journal) => {
      const { bucket, key, digest, acceptIncompatibleMigrations = false } = pointer;
      if (this.now && await everServed(digest)) await journal.step('replay', () => refuseReplay(this.aws, this.settings, pointer));
      await journal.step('disk', async () => {
        // What is left of refused ones must not be what fills it.
        await prune([...this.now?.releases ?? [], pointer].map((kept) => kept.digest));
        await refuseFullDisk();
      });
      const next = await bring(pointer);
      return this.switchTo(next, journal).run({ bucket, key, digest }, acceptIncompatibleMigrations);
    });
  }

  /**
   * Starts the release that serves anew, with its secrets as they are now, and loses no request.
   * @throws StepError as `serve` does
   */
  async renew(): Promise<void> {
    await this.take(() => this.mustServe().releases[0].digest, async (journal) => {
      const now = this.mustServe();
      return this.switchTo(await open(directoryOf(now)), journal).run(now.releases[0], true);
    });
  }

  /** Where the release wants it watched: names the secrets' values as they are now, when the application was given others. */
  async rotated(): Promise<string | undefined> {
    if (!this.now) return undefined;
    const { manifest, digest, directory } = await open(directoryOf(this.now));
    if (!manifest.settings.watchSecrets) return undefined;
    const context = this.contextOf({ manifest, digest, directory }, this.now.slot);
    const { path, content } = await environmentFile(context, digest, await fetchSecrets(this.aws, secretNames(context)));
    return content === await readFile(path, 'utf8') ? undefined : createHash('sha256').update(content).digest('hex');
  }

  /**
   * Puts the databases back as they were before a release's command. Requests wait meanwhile.
   * @param release its digest, or the start of it
   * @returns what was done, for the person who asked
   * @throws Error when there is no such snapshot; nothing was stopped then
   */
  async restore(release: string): Promise<string> {
    return this.alone(async () => {
      const now = this.mustServe();
      const context = this.contextOf(await open(directoryOf(now)), now.slot);
      const { name, before } = await restoreSnapshot(release, { stop: () => stopSlot(now.slot), start: () => startSlot(context) });
      log('restored databases', { snapshot: name, before });
      return `the databases are those of snapshot ${name.slice(0, 16)}; what was there is kept as ${before}`;
    });
  }

  /** A switch that was cut off was undone by standing up what serves, unless it had settled. */
  private async conclude({ to, from, steps }: SwitchRecord): Promise<void> {
    const settled = to !== from && this.now?.releases[0].digest === to;
    const step = steps.at(-1)?.name ?? 'pointer';
    log('a switch was cut off', { release: to, step, outcome: settled ? 'completed' : 'undone', serves: this.serves });
    await new SwitchJournal().end(settled ? undefined : `cut off at step ${step} and undone; ${this.serves} serves`);
  }

  /** @param release digest of the one that is to serve, asked when its turn has come */
  private async take(release: () => string, work: (journal: SwitchJournal) => Promise<Serving>): Promise<void> {
    await this.alone(async () => {
      const [journal, began, to] = [new SwitchJournal(), Date.now(), release()];
      try {
        await journal.begin(to, this.now?.releases[0].digest ?? null);
        this.now = await work(journal);
        this.up = true;
        await journal.end();
        log('served', { release: to, slot: this.now.slot });
      } catch (error) {
        throw await this.undo(to, journal, began, error instanceof StepError ? error : new StepError('prepare', (error as Error).message));
      }
    });
  }

  /** Keeps what was said, before going back, which has a log of its own. */
  private async undo(to: string, journal: SwitchJournal, began: number, failed: StepError): Promise<StepError> {
    Object.assign(failed, await lastSaid(began, to, this.now?.slot));
    await this.tryToStand();
    // A full disk is told of all the same.
    await journal.end(`${failed.step}: ${failed.message}`).catch((error: Error) => log('could not write down how it ended', { error: error.message }));
    return failed;
  }

  /** Lets the gateway finish the requests that it has, and ends it for good. Whatever a switch still does has no visitors any more. */
  async leave(): Promise<void> {
    this.left = true;
    await endSlots();
  }

  private async tryToStand(): Promise<void> {
    if (this.left) return;
    this.up = await stand(this.aws, this.now, (release, slot) => this.contextOf(release, slot)).then(() => true, (error: Error) => {
      log('could not take up the release', { serves: this.serves, error: error.message });
      return false;
    });
  }

  private switchTo(next: ReleaseFolder, journal: SwitchJournal): Switch {
    const slot = this.now ? otherSlot(this.now.slot) : 'a';
    return new Switch(this.aws, this.contextOf(next, slot), journal, this.now, next, this.prepare);
  }

  private contextOf({ manifest, directory }: ReleaseFolder, slot: Slot): MachineContext {
    return { settings: this.settings, facts: this.facts, manifest, releaseDirectory: directory, slot };
  }

  private mustServe(): Serving {
    if (!this.now) throw new Error('a release must serve, got none; deploy one');
    return this.now;
  }

  private alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.turn.then(work);
    this.turn = turn.catch(() => {});
    return turn;
  }
}
