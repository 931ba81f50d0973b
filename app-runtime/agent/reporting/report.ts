import { existsSync } from 'node:fs';
import { type LastWords, lastWordsParameterOf, pack } from '../../last-words.js';
import { keptParameterOf, packKept } from '../../kept-releases.js';
import type { ReleasePointer } from '../../release-pointer.js';
import type { MachineSettings } from '../../settings.js';
import { type Aws, AwsError } from '../aws/aws.js';
import { log } from '../machine/log.js';
import { places } from '../machine/places.js';
import { replaceFile } from '../machine/replace-file.js';
import { retry } from '../aws/retry.js';
import type { Serving } from '../release/serving.js';
import type { StepError } from './step.js';

export const CLOUDFORMATION = '2010-05-15';

/** A signal's UniqueId takes this many characters. Source: the SignalResource API. */
const UNIQUE_ID = 64;

/** How long CloudFormation may take to begin waiting for what the machine has already done, in seconds. */
const WAITING = 90;

/** Which resource hears it, by logical id, and the signal's own id. */
type Signal = readonly [resource: string, id: string];

/** Tells the stack how it went: the machine's group, and the release's wait condition. */
export class Report {
  private round = 0;

  constructor(private readonly aws: Aws, private readonly settings: MachineSettings, private readonly instanceId: string) {}

  /** Sends no more of what no stack has wanted to hear so far: a later operation may wait for the same release, and would take it for its own. */
  turn(): void {
    this.round++;
  }

  /** The release's wait condition hears that it is served, and which migrations it made, as far as there is room for their names. */
  async served({ signal }: ReleasePointer, migrations: readonly string[] = []): Promise<void> {
    await this.signal('SUCCESS', [[signal, `${this.instanceId}${summed(migrations)}`.slice(0, UNIQUE_ID)]]);
  }

  /** Tells which releases the machine keeps. */
  async kept({ releases }: Serving): Promise<void> {
    await this.aws.ssm('PutParameter', { Name: keptParameterOf(this.settings.deployment), Value: packKept({ instance: this.instanceId, releases }), Type: 'String', Overwrite: true })
      .catch((fault: Error) => log('could not tell which releases are kept', { error: fault.message }));
  }

  /**
   * The group hears that a new machine serves, once: a later signal could be taken for one of the machine that replaces this one.
   * @param wanted whether the machine is still what the stack wants. A group counts any signal, and one that grew a moment before its
   * update began would have the update take its old server for a new one. @default - it is
   */
  async booted(wanted: () => Promise<boolean> = async () => true): Promise<void> {
    if (existsSync(places.booted)) return;
    await replaceFile(places.booted, '');
    await this.signal('SUCCESS', [[this.settings.stack.group, this.instanceId]], wanted);
  }

  /** Leaves the machine's last words, before a signal that may be what ends it. */
  async lastWords({ step, message, answer, log: lines, cause }: StepError, serves: string, wanted?: ReleasePointer): Promise<void> {
    const words: LastWords = {
      instance: this.instanceId, at: new Date().toISOString(), release: wanted?.digest ?? '', step, error: `${step}: ${message}`, serves, log: lines,
      ...(cause !== undefined && { cause }), ...(answer !== undefined && { readiness: answer }),
    };
    await this.aws.ssm('PutParameter', { Name: lastWordsParameterOf(this.settings.deployment), Value: pack(words), Type: 'SecureString', Overwrite: true })
      .catch((fault: Error) => log('could not leave last words', { error: fault.message }));
  }

  /**
   * Signals the release's wait condition, whose event then names the step, or else the group. AWS documents the bare instance id for a
   * group, so that comes last of all.
   */
  async failure({ step }: StepError, wanted?: ReleasePointer): Promise<void> {
    const { group } = this.settings.stack;
    const named = `${this.instanceId}:${step}`.slice(0, UNIQUE_ID);
    await this.signal('FAILURE', [...(wanted ? [[wanted.signal, named] as Signal] : []), [group, named], [group, this.instanceId]]);
  }

  /** Sends the first signal that is wanted; a stack that waits for nothing refuses all, as after a reboot. */
  private async signal(Status: 'SUCCESS' | 'FAILURE', candidates: readonly Signal[], wanted?: () => Promise<boolean>): Promise<void> {
    const { round } = this;
    const goesOn = (error: Error) => (round === this.round || wanted !== undefined) && notYet(error);
    const send = async () => {
      if (wanted !== undefined && !await wanted()) throw new Error('the stack must want what this machine serves, got another release or kind of machine');
      return this.firstWanted(Status, candidates);
    };
    try {
      const [resource, id] = await retry(WAITING, send, goesOn);
      log('signalled', { resource, status: Status, id });
    } catch (error) {
      log('signal was not wanted', { status: Status, error: (error as Error).message });
    }
  }

  private async firstWanted(Status: string, candidates: readonly Signal[]): Promise<Signal> {
    let refusal: unknown;
    for (const candidate of candidates) {
      const [LogicalResourceId, UniqueId] = candidate;
      try {
        await this.aws.query('cloudformation', 'SignalResource', CLOUDFORMATION, { StackName: this.settings.stack.id, LogicalResourceId, Status, UniqueId });
        return candidate;
      } catch (error) {
        refusal = error;
      }
    }
    throw refusal;
  }
}

function notYet(error: Error): boolean {
  return error instanceof AwsError && error.code === 'ValidationError';
}

/** `:entries.0002_colour+1`: the first name whole and how many more, or none. */
function summed([first, ...more]: readonly string[]): string {
  return first === undefined ? '' : `:${first}${more.length > 0 ? `+${more.length}` : ''}`;
}
