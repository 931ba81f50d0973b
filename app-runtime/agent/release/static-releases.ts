import { existsSync } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeptRelease, keptParameterOf, packKept, unpackKept } from '../../kept-releases.js';
import { secretsOf } from '../../release-settings.js';
import { type ReleasePointer, signalOf } from '../../release-pointer.js';
import type { MachineSettings, S3Object } from '../../settings.js';
import type { Aws } from '../aws/aws.js';
import { pause } from '../aws/retry.js';
import { log } from '../machine/log.js';
import { places } from '../machine/places.js';
import { replaceFile } from '../machine/replace-file.js';
import { bring, open, prune, type ReleaseFolder } from './release-folder.js';
import { KEPT, nameReleases } from './serving.js';
import { wantedRelease } from './wanted.js';

/** How often the release parameter is asked, in milliseconds. */
const WATCH = 2_000;

/** How long until a release that could not be brought is tried again, in milliseconds. */
const AGAIN = 60_000;

/**
 * The releases whose static files a proxy serves: the one that the deployment names, which is known before any server serves it, and
 * those before it, because pages that are open in browsers ask for theirs. The one that servers serve is asked first.
 */
export class StaticReleases {
  private releases: readonly S3Object[] = [];
  private preferred: string | undefined;
  private readonly failed = new Map<string, number>();

  /** @param changed called with the release that comes first whenever that is another one */
  constructor(
    private readonly aws: Pick<Aws, 'ssm'>, private readonly settings: MachineSettings, private readonly instanceId: string,
    private readonly changed: (first: ReleaseFolder) => Promise<void> = async () => {}, private readonly fetch: (pointer: ReleasePointer) => Promise<unknown> = bring,
  ) {}

  /** Begins with the release that this machine itself serves, whatever the deployment names. */
  async hold({ bucket, key, digest }: S3Object): Promise<void> {
    await this.recall();
    this.prefer(digest);
    if (!this.releases.some((each) => each.digest === digest)) this.releases = [{ bucket, key, digest }, ...this.releases].slice(0, KEPT);
  }

  /** What was here when the machine was last on: undefined on a new one. */
  async recall(): Promise<ReleaseFolder | undefined> {
    this.releases = await readFile(places.staticReleases, 'utf8').then((text) => JSON.parse(text) as S3Object[], () => []);
    const first = this.order().find(here);
    return first === undefined ? undefined : open(join(places.releases, first));
  }

  /**
   * Brings the release that the deployment names.
   * @throws StepError when it cannot be brought
   */
  async begin(): Promise<ReleaseFolder> {
    const { pointer } = await wantedRelease(this.aws, this.settings);
    await this.fetch(pointer);
    await this.take(pointer);
    return open(join(places.releases, this.order()[0]!));
  }

  /** Which release servers serve: its files come before another's of the same name. */
  prefer(digest: string): void {
    this.preferred = digest;
  }

  /** Follows the parameter. What cannot be brought is tried again, and changes nothing meanwhile. */
  async follow(watch = WATCH): Promise<never> {
    let first = this.order()[0];
    for (let told: string | undefined, older = false; ; await pause(watch)) {
      try {
        const { pointer } = await wantedRelease(this.aws, this.settings);
        if (pointer.digest !== this.releases[0]?.digest && await this.has(pointer)) await this.take(pointer);
        if (!older) older = await this.takeOlder();
        await this.settle();
        const now = this.order()[0];
        if (now !== undefined && now !== first) {
          await this.changed(await open(join(places.releases, now)));
          first = now;
        }
        // A release that was taken back is told of no more, and the one before it anew.
        if (pointer.digest !== now) told = undefined;
        if (this.preferred !== undefined && this.preferred !== told && now === this.preferred && pointer.digest === now) {
          await this.tell(now);
          told = now;
        }
      } catch (error) {
        log('could not follow the releases', { error: (error as Error).message });
      }
    }
  }

  /** Digests in the order in which nginx looks for a file. */
  private order(): string[] {
    const digests = this.releases.map(({ digest }) => digest);
    return this.preferred !== undefined && digests.includes(this.preferred) ? unique([this.preferred, ...digests]) : digests;
  }

  private async take(release: S3Object, last = false): Promise<void> {
    const { bucket, key, digest } = release;
    const others = this.releases.filter((each) => each.digest !== digest);
    const all = last ? [...others, { bucket, key, digest }] : [{ bucket, key, digest }, ...others];
    // The one that servers serve stays, however many were refused since.
    const kept = new Set(unique([...all.slice(0, 1).map((each) => each.digest), ...(this.preferred === undefined ? [] : [this.preferred]), ...all.map((each) => each.digest)]).slice(0, KEPT));
    this.releases = all.filter((each) => kept.has(each.digest));
    await replaceFile(places.staticReleases, JSON.stringify(this.releases));
    await this.settle();
    await prune([...kept]);
  }

  /**
   * A new machine brings those that the deployment kept before it came.
   * @returns whether there is nothing left to bring
   */
  private async takeOlder(): Promise<boolean> {
    const missing = (await this.kept()).filter((release) => !this.releases.some(({ digest }) => digest === release.digest)).slice(0, Math.max(0, KEPT - this.releases.length));
    for (const release of missing) if (await this.has(release)) await this.take(release, true);
    return missing.every(({ digest }) => here(digest));
  }

  /** Makes links and folders what they must be, whoever has changed them. */
  private async settle(): Promise<void> {
    for (const release of this.releases) await this.has(release);
    const order = this.order().filter(here);
    const named = await Promise.all([places.current, places.other, places.third].map((link) => readlink(link).catch(() => undefined)));
    if (named.some((target, index) => target !== (order[index] === undefined ? undefined : join(places.releases, order[index])))) await nameReleases(order);
  }

  /** Whether a release is here, or could be brought. */
  private async has({ bucket, key, digest }: S3Object): Promise<boolean> {
    if (here(digest)) return true;
    if ((this.failed.get(digest) ?? 0) > Date.now() - AGAIN) return false;
    try {
      await this.fetch({ bucket, key, digest, signal: signalOf(digest), machine: this.settings.machine });
      return true;
    } catch (error) {
      this.failed.set(digest, Date.now());
      log('could not bring static files', { release: digest, error: (error as Error).message });
      return false;
    }
  }

  private async kept(): Promise<readonly KeptRelease[]> {
    try {
      const { Parameter } = await this.aws.ssm('GetParameter', { Name: keptParameterOf(this.settings.deployment) });
      return unpackKept(Parameter.Value as string).releases;
    } catch (error) {
      log('could not ask which releases are kept', { error: (error as Error).message });
      return [];
    }
  }

  /** Tells the deployment that this release is served, and which were before it. Whoever comes first tells it for all. */
  private async tell(digest: string): Promise<void> {
    const before = await this.kept();
    if (before[0]?.digest === digest) return;
    const { manifest } = await open(join(places.releases, digest));
    const known = before.find((each) => each.digest === digest);
    const release: KeptRelease = { ...this.releases.find((each) => each.digest === digest)!, served: new Date().toISOString(), migrations: known?.migrations ?? [], secrets: secretsOf(manifest.settings) };
    const releases = [release, ...before.filter((each) => each.digest !== digest)].slice(0, KEPT);
    await this.aws.ssm('PutParameter', { Name: keptParameterOf(this.settings.deployment), Value: packKept({ instance: this.instanceId, releases }), Type: 'String', Overwrite: true });
    log('told which releases are kept', { releases: releases.map((each) => each.digest.slice(0, 12)) });
  }
}

function here(digest: string): boolean {
  return existsSync(join(places.releases, digest));
}

function unique(digests: readonly string[]): string[] {
  return [...new Set(digests)];
}
