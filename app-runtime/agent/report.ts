import type { LastWords } from '../last-words.js';
import { pack } from '../last-words.js';
import type { MachineSettings } from '../settings.js';
import { type Aws, AwsError } from './aws.js';
import { log } from './log.js';
import { retry } from './retry.js';
import type { StepError } from './step.js';

const CLOUDFORMATION = '2010-05-15';

/** A signal's UniqueId takes this many characters. Source: the SignalResource API. */
const UNIQUE_ID = 64;

/** How long CloudFormation may take to begin waiting for what the machine has already done, in seconds. */
const WAITING = 90;

/** Tells the stack how it went: the machine's group, and the release's wait condition. */
export class Report {
  constructor(private readonly aws: Aws, private readonly settings: MachineSettings, private readonly instanceId: string) {}

  async success(release: string): Promise<void> {
    await Promise.all([release, this.settings.stack.group].map((resource) => this.signal('SUCCESS', this.instanceId, resource)));
  }

  /** Leaves the machine's last words, before a signal that may be what ends it. */
  async lastWords(digest: string, error: StepError, serves: string): Promise<void> {
    const words: LastWords = { instance: this.instanceId, at: new Date().toISOString(), release: digest, step: error.step, error: error.message, serves, log: error.log };
    await this.aws.ssm('PutParameter', { Name: this.settings.lastWordsParameter, Value: pack(words), Type: 'SecureString', Overwrite: true })
      .catch((fault: Error) => log('could not leave last words', { error: fault.message }));
  }

  /** Signals the release's wait condition, whose event then names the step, or else the group: one of the two waits, or neither does. */
  async failure(release: string, { step }: StepError): Promise<void> {
    const id = `${this.instanceId}:${step}`.slice(0, UNIQUE_ID);
    await this.signal('FAILURE', id, release, this.settings.stack.group);
  }

  /** Signals the first of the resources that waits; a stack that waits for none refuses, as after a reboot. */
  private async signal(Status: 'SUCCESS' | 'FAILURE', UniqueId: string, ...resources: readonly string[]): Promise<void> {
    const send = (LogicalResourceId: string) => this.aws.query('cloudformation', 'SignalResource', CLOUDFORMATION, { StackName: this.settings.stack.id, LogicalResourceId, Status, UniqueId });
    try {
      await retry(WAITING, () => resources.slice(1).reduce((sent, next) => sent.catch(() => send(next)), send(resources[0]!)), notYet);
      log('signalled', { resources, status: Status, id: UniqueId });
    } catch (error) {
      log('signal was not wanted', { resources, status: Status, error: (error as Error).message });
    }
  }
}

function notYet(error: Error): boolean {
  return error instanceof AwsError && error.code === 'ValidationError';
}
