import type { MachineSettings } from '../settings.js';
import { type Aws, AwsError } from './aws.js';
import { run } from './command.js';
import { log } from './log.js';
import { retry } from './retry.js';
import type { StepError } from './step.js';

const CLOUDFORMATION = '2010-05-15';

/** A signal's UniqueId takes this many characters. Source: the SignalResource API. */
const UNIQUE_ID = 64;

/** A standard parameter takes 4 KB; the rest is room for the JSON around the lines. */
const LOG_BYTES = 2500;

/** How long CloudFormation may take to begin waiting for what the machine has already done, in seconds. */
const WAITING = 90;

/** What the last failure on a machine leaves behind, for `npm run why`. */
export interface LastWords {
  readonly instance: string;
  readonly at: string;
  readonly release: string;
  readonly step: string;
  readonly error: string;
  /** What still serves. */
  readonly serves: string;
  /** The last log lines. */
  readonly log: readonly string[];
}

/** Tells the stack how it went: the machine's group, and the release's wait condition. */
export class Report {
  constructor(private readonly aws: Aws, private readonly settings: MachineSettings, private readonly instanceId: string) {}

  async success(release: string): Promise<void> {
    await Promise.allSettled([this.signal(release, 'SUCCESS', this.instanceId), this.signal(this.settings.stack.group, 'SUCCESS', this.instanceId)]);
  }

  /** Last words first: the signal may be what ends this machine. */
  async failure(release: string, digest: string, error: StepError, serves: string): Promise<void> {
    const words: LastWords = { instance: this.instanceId, at: new Date().toISOString(), release: digest, step: error.step, error: error.message, serves, log: await lastLines() };
    await this.aws.ssm('PutParameter', { Name: this.settings.lastWordsParameter, Value: JSON.stringify(words), Type: 'SecureString', Overwrite: true })
      .catch((fault: Error) => log('could not leave last words', { error: fault.message }));
    const id = `${this.instanceId}:${error.step}`.slice(0, UNIQUE_ID);
    // One of the two is enough to end the deploy, and the other may have nobody who waits.
    await Promise.any([this.signal(release, 'FAILURE', id), this.signal(this.settings.stack.group, 'FAILURE', id)]).catch(() => {});
  }

  /**
   * A stack that does not wait refuses a signal: after a reboot nobody does.
   * @throws AwsError when it was not wanted
   */
  private async signal(LogicalResourceId: string, Status: 'SUCCESS' | 'FAILURE', UniqueId: string): Promise<void> {
    const parameters = { StackName: this.settings.stack.id, LogicalResourceId, Status, UniqueId };
    try {
      await retry(WAITING, () => this.aws.query('cloudformation', 'SignalResource', CLOUDFORMATION, parameters), notYet);
      log('signalled', { resource: LogicalResourceId, status: Status, id: UniqueId });
    } catch (error) {
      log('signal was not wanted', { resource: LogicalResourceId, status: Status, error: (error as Error).message });
      throw error;
    }
  }
}

function notYet(error: Error): boolean {
  return error instanceof AwsError && error.code === 'ValidationError';
}

/** The last lines of the application, the proxy and the release command, cut to what a parameter holds. */
async function lastLines(): Promise<string[]> {
  const units = ['app.service', 'app-release.service', 'nginx.service'].flatMap((unit) => ['-u', unit]);
  const { stdout } = await run(['journalctl', '--no-pager', '-o', 'cat', '-n', '40', ...units]).catch(() => ({ stdout: '' }));
  return stdout.trim().slice(-LOG_BYTES).split('\n');
}
