import { type Aws, AwsError } from '../aws/aws.js';
import { pause } from '../aws/retry.js';
import { log } from '../machine/log.js';
import { StepError } from '../reporting/step.js';

/** How one run of a release's command stands. */
export interface Turn {
  /** Instance id of the server that has it. */
  readonly instance: string;
  readonly state: 'running' | 'done' | 'failed';
  /** ISO 8601; a server that runs the command renews it. */
  readonly at: string;
  /** Whether it was done to a database on that server's own disk, which every other server has to do for its own. @default false */
  readonly own?: boolean;
}

/** A step that another server took for all of them, and that failed there: that one tells why. */
export class FailedElsewhere extends StepError {}

/** Milliseconds between two looks at somebody else's turn, between two renewals of one's own, and without a renewal until a turn is given up. */
const TIMES = { look: 2_000, renew: 15_000, silence: 60_000 };

/** How long the end of a command is told, though the API is away, in milliseconds: nobody must run it a second time. */
const TELLING = 600_000;

/** Turns of a command are numbered from 1: the next one is for whoever finds that the one before failed, or fell silent. */
const nameOf = (lock: string, turn: number): string => (turn === 1 ? lock : `${lock}.${turn}`);

/**
 * The release command of a fleet: run by one server, waited for by the others, and run again for that release only where it
 * failed or whoever ran it fell silent. Parameter Store is the referee, because it makes a parameter for one and refuses all others.
 */
export class FleetCommand {
  /** @param lock name of the release's own parameter */
  constructor(private readonly ssm: Pick<Aws, 'ssm'>, private readonly lock: string, private readonly instance: string, private readonly times = TIMES) {}

  /**
   * Returns when the command has run: here, on another server, or before.
   * @param run runs it; its answer is whether it was done to a database of this server alone
   * @returns whether it is still to be done to this server's own database
   * @throws FailedElsewhere when it failed on the server that was waited for, and what `run` throws when it failed here
   */
  async once(run: () => Promise<boolean>): Promise<boolean> {
    for (let turn = 1; ; turn++) {
      const found = await this.take(turn) ? undefined : await this.look(turn);
      // One that was ended while it ran the command, and begins again, has the turn still.
      if (!found || (found.state === 'running' && found.instance === this.instance)) return this.run(turn, run);
      const ended = await this.outcome(turn, found);
      if (ended) return ended.own === true && ended.instance !== this.instance;
    }
  }

  /** @returns whether the turn is this server's now */
  private async take(turn: number): Promise<boolean> {
    try {
      await this.write(turn, { state: 'running' }, false);
      return true;
    } catch (error) {
      if (error instanceof AwsError && error.code === 'ParameterAlreadyExists') return false;
      throw error;
    }
  }

  private async run(turn: number, run: () => Promise<boolean>): Promise<boolean> {
    // One after the other, so that none arrives after the end was told.
    let renewal = Promise.resolve();
    const renew = () => this.write(turn, { state: 'running' }).catch((error: Error) => log('could not renew the release command', { error: error.message }));
    const timer = setInterval(() => { renewal = renewal.then(renew); }, this.times.renew);
    const own = await run().catch((error: Error) => error);
    clearInterval(timer);
    await renewal;
    await this.tell(turn, own instanceof Error ? { state: 'failed' } : { state: 'done', own });
    if (own instanceof Error) throw own;
    return false;
  }

  /**
   * @returns the turn that ended well; undefined where the next one has to
   * @throws FailedElsewhere when the command fails while it is waited for. One that failed before is for the next turn
   */
  private async outcome(turn: number, first: Turn): Promise<Turn | undefined> {
    if (first.state === 'failed') return undefined;
    if (first.state === 'done') return first;
    log('waits for the release command', { instance: first.instance });
    for (let [last, since] = [first, Date.now()]; ; ) {
      await pause(this.times.look);
      const now = await this.look(turn).catch((error: Error) => log('could not ask for the release command', { error: error.message }));
      if (now?.state === 'done') return now;
      if (now?.state === 'failed') throw new FailedElsewhere('release-command', `the release command must succeed, got a failure on ${now.instance}; correct what it says and deploy again`);
      // By this server's own clock, and only while it can see: an API that was away is not a runner that fell silent.
      if (!now || now.at !== last.at) [last, since] = [now ?? last, Date.now()];
      else if (Date.now() - since > this.times.silence) return this.giveUp(last);
    }
  }

  private giveUp({ instance, at }: Turn): undefined {
    log('gave up a release command', { instance, silentSince: at });
  }

  private async look(turn: number): Promise<Turn> {
    const { Parameter } = await this.ssm.ssm('GetParameter', { Name: nameOf(this.lock, turn) });
    return JSON.parse(Parameter.Value as string) as Turn;
  }

  private async tell(turn: number, how: Pick<Turn, 'state' | 'own'>): Promise<void> {
    for (const end = Date.now() + TELLING; Date.now() < end; await pause(this.times.look)) {
      const told = await this.write(turn, how).then(() => true, (error: Error) => log('could not tell how the release command ended', { error: error.message }));
      if (told) return;
    }
  }

  private async write(turn: number, how: Pick<Turn, 'state' | 'own'>, Overwrite = true): Promise<void> {
    const value: Turn = { instance: this.instance, at: new Date().toISOString(), ...how };
    await this.ssm.ssm('PutParameter', { Name: nameOf(this.lock, turn), Value: JSON.stringify(value), Type: 'String', Overwrite });
  }
}
