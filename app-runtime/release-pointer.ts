import { checker, document, flag, LOGICAL_ID, MACHINE, object, type S3Object, text } from './settings.js';

/** The value of the release parameter: which release the machine must serve, and who waits to hear of it. */
export interface ReleasePointer extends S3Object {
  /** Logical id of the WaitCondition that the machine signals when it serves this release. */
  readonly signal: string;
  /** The kind of machine that serves it. A machine of another kind leaves it to the one that replaces it in the same deploy. */
  readonly machine: string;
  /** The person knows that the release that serves cannot live with this one's migrations. @default - such migrations are refused */
  readonly acceptIncompatibleMigrations?: boolean;
}

/** Name of the SSM parameter that holds a deployment's ReleasePointer. */
export const releaseParameterOf = (deployment: string): string => `/paddock/${deployment}/release`;

/** Logical id of the wait condition of a release: part of its digest, so that each new release makes a new one. */
export const signalOf = (digest: string): string => `Release${digest.slice(0, 12)}`;

/**
 * Reads the value of the release parameter.
 * @throws SettingsError as parseSettings does
 */
export function parsePointer(json: string, where = 'release parameter'): ReleasePointer {
  const pointer = document(json, where) as unknown as ReleasePointer;
  const check = checker(where);
  object(check, 'release', pointer);
  text(check, 'signal', pointer.signal, LOGICAL_ID, 'a logical id');
  text(check, 'machine', pointer.machine, MACHINE, 'a machine\'s fingerprint');
  flag(check, 'acceptIncompatibleMigrations', pointer.acceptIncompatibleMigrations ?? false);
  return pointer;
}
