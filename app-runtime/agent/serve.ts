import { rename, rm, symlink } from 'node:fs/promises';
import { parsePointer, type MachineSettings, type ReleasePointer } from '../settings.js';
import { apply } from './apply.js';
import type { Aws } from './aws.js';
import { giveDataFolder, writeEnvironment } from './environment.js';
import { log } from './log.js';
import { places } from './places.js';
import type { Facts } from './plan.js';
import { untilReady } from './readiness.js';
import { bring, prune, type ReleaseFolder } from './release-folder.js';
import { plan, readinessQuestion } from './render.js';
import { step } from './step.js';

/** Makes this machine serve releases: one at a time, the old one until the new one has answered. */
export class Server {
  private serving: ReleaseFolder | undefined;

  constructor(private readonly aws: Aws, private readonly settings: MachineSettings, private readonly facts: Facts) {}

  /** What still serves, for the person who reads of a failure. */
  get serves(): string {
    return this.serving ? `release ${this.serving.digest.slice(0, 12)}` : 'nothing';
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
    const next = await bring(this.aws, pointer);
    try {
      await this.run(next);
    } catch (error) {
      if (this.serving) await this.run(this.serving).catch((fault: Error) => log('could not go back', { error: fault.message }));
      throw error;
    }
    this.serving = next;
    await markCurrent(next.directory);
    await prune(next.digest);
    log('served', { release: next.digest });
  }

  private async run(release: ReleaseFolder): Promise<void> {
    const context = { settings: this.settings, facts: this.facts, manifest: release.manifest, releaseDirectory: release.directory };
    await step('configure', async () => {
      await giveDataFolder();
      await writeEnvironment(this.settings, release.digest);
    });
    await step('start', () => apply(plan(context)));
    await step('readiness', () => untilReady(readinessQuestion(context)));
  }
}

async function markCurrent(directory: string): Promise<void> {
  await rm(`${places.current}.part`, { force: true });
  await symlink(directory, `${places.current}.part`);
  await rename(`${places.current}.part`, places.current);
}
