/** A step of a machine's way to serving a release, by the name that CloudFormation's event and `npm run why` show. */
export type Step =
  | 'address' | 'volume' | 'download' | 'digest' | 'unpack' | 'prepare' | 'configure' | 'release-command' | 'start' | 'readiness';

/** A step that failed: which, and why, in one line of the house form. */
export class StepError extends Error {
  constructor(readonly step: Step, message: string) {
    super(message);
  }
}

/** Runs a step; whatever it throws becomes the StepError that names it. */
export async function step<T>(name: Step, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StepError) throw error;
    throw new StepError(name, error instanceof Error ? error.message : String(error));
  }
}
