import { NotReady } from '../release/readiness.js';

/** A step of a machine's way to serving a release, by the name that CloudFormation's event and `npm run why` show. */
export type Step =
  | 'pointer' | 'replay' | 'address' | 'volume' | 'secrets' | 'disk' | 'download' | 'digest' | 'unpack' | 'prepare' | 'configure'
  | 'migrations' | 'snapshot' | 'release-command' | 'start' | 'readiness' | 'hand-over' | 'bake' | 'settle';

/** A step that failed: which, and why, in one line of the house form. */
export class StepError extends Error {
  /** What the machine's units had said by then. */
  log: readonly string[] = [];
  /** What the application ended with, in one line. */
  cause: string | undefined;

  /** @param answer what the application answered last, where it was asked */
  constructor(readonly step: Step, message: string, readonly answer?: string) {
    super(message);
  }

  /** One line by which another process reads it back. */
  write(): string {
    return JSON.stringify({ step: this.step, message: this.message });
  }

  /** Reads what `write` wrote; a process that died before it could say anything failed at `prepare`. */
  static read(line: string): StepError {
    try {
      const { step, message } = JSON.parse(line) as { step: Step; message: string };
      return new StepError(step, message);
    } catch {
      return new StepError('prepare', `release: the process that brings it must say how it went, got ${line || 'nothing'}; see the machine's journal`);
    }
  }
}

/** Runs a step; whatever it throws becomes the StepError that names it. */
export async function step<T>(name: Step, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StepError) throw error;
    throw new StepError(name, error instanceof Error ? error.message : String(error), error instanceof NotReady ? error.answer : undefined);
  }
}
