import { readlink, rename, rm, symlink } from 'node:fs/promises';
import { service } from '../gateways/gunicorn/gunicorn.js';
import { parsePointer, type MachineSettings, type ReleasePointer } from '../settings.js';
import { check, notify, write } from './apply.js';
import type { Aws } from './aws.js';
import { run } from './command.js';
import { environmentFile, giveDataFolder } from './environment.js';
import { lastLines } from './journal.js';
import { log } from './log.js';
import { places } from './places.js';
import type { Facts, MachineContext, MachinePlan } from './plan.js';
import { untilReady } from './readiness.js';
import { bring, open, prune, type ReleaseFolder } from './release-folder.js';
import { runReleaseCommand } from './release-command.js';
import { plan, readinessQuestion } from './render.js';
import { step, StepError } from './step.js';

/** Makes this machine serve releases, one at a time. */
export class Server {
  private serving: ReleaseFolder | undefined;

  constructor(private readonly aws: Aws, private readonly settings: MachineSettings, private readonly facts: Facts) {}

  /** What still serves, for the person who reads of a failure. */
  get serves(): string {
    return this.serving ? `release ${this.serving.digest.slice(0, 12)}` : 'nothing';
  }

  /** Whether a release is this machine's to serve. */
  concerns({ machine }: ReleasePointer): boolean {
    return machine === this.settings.machine;
  }

  /** The release that this deployment must serve. */
  async wanted(): Promise<ReleasePointer> {
    const { Parameter } = await this.aws.ssm('GetParameter', { Name: this.settings.releaseParameter });
    return parsePointer(Parameter.Value as string);
  }

  /**
   * Serves a release.
   * @throws StepError naming the step that failed; what served before serves again
   */
  async serve(pointer: ReleasePointer): Promise<void> {
    this.serving ??= await lastServed();
    const next = await bring(pointer);
    const began = Date.now();
    try {
      await this.switchTo(next);
    } catch (error) {
      // Before going back, which has a log of its own.
      if (error instanceof StepError) error.log = await lastLines(began);
      await this.goBack();
      throw error;
    }
    this.serving = next;
    await prune([places.current, places.other]);
    log('served', { release: next.digest });
  }

  private async goBack(): Promise<void> {
    if (!this.serving) return;
    try {
      await this.switchTo(this.serving);
    } catch (error) {
      log('could not go back', { release: this.serving.digest, error: (error as Error).message });
      this.serving = undefined;
    }
  }

  private async switchTo(next: ReleaseFolder): Promise<void> {
    const previous = await named(places.current);
    if (previous !== undefined && previous !== next.directory) await link(places.other, next.directory);
    else if (previous === undefined) await link(places.current, next.directory);
    const wanted = await step('configure', () => this.planFor(next));
    await step('configure', () => check(wanted));
    const early = await step('release-command', () => runReleaseCommand(next, wanted));
    const late = await step('configure', () => write(wanted));
    await step('start', () => notify(wanted, new Set([...early, ...late.concerned])));
    const before = await restarts();
    await step('readiness', () => untilReady(readinessQuestion(this.contextOf(next)), { inVain: () => endsAgain(before) }));
    if (previous === next.directory) return;
    await link(places.current, next.directory);
    if (previous !== undefined) await link(places.other, previous);
  }

  private async planFor(release: ReleaseFolder): Promise<MachinePlan> {
    await giveDataFolder();
    const environment = await environmentFile(this.settings, release.digest);
    const { files, ...rest } = plan(this.contextOf(release));
    return { files: [environment, ...files], ...rest };
  }

  private contextOf({ manifest, directory }: ReleaseFolder): MachineContext {
    return { settings: this.settings, facts: this.facts, manifest, releaseDirectory: directory };
  }
}

/** How often systemd has restarted the gateway; it does not begin to count anew with each release. */
async function restarts(): Promise<number> {
  return Number((await run(['systemctl', 'show', '-P', 'NRestarts', service])).stdout);
}

/** A gateway that ends as soon as it has begun is restarted for ever; three times are enough to know. */
async function endsAgain(before: number): Promise<string | undefined> {
  const times = await restarts() - before;
  return times >= 3 ? `${times} restarts` : undefined;
}

/** The release that served before the agent was started anew. */
async function lastServed(): Promise<ReleaseFolder | undefined> {
  const directory = await named(places.current);
  return directory === undefined ? undefined : open(directory).catch(() => undefined);
}

async function named(path: string): Promise<string | undefined> {
  return readlink(path).catch(() => undefined);
}

async function link(path: string, target: string): Promise<void> {
  await rm(`${path}.part`, { force: true });
  await symlink(target, `${path}.part`);
  await rename(`${path}.part`, path);
}
