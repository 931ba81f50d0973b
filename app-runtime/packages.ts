import type { S3Object } from './settings.js';

/** The value of the parameter that says where a kind of machine finds Debian's packages: read by boot.sh. */
export interface PackagesPointer extends S3Object {
  /** What it installs of them. */
  readonly install: readonly string[];
}

/**
 * Name of that parameter.
 * @param kind what such a machine installs, in whichever version
 */
export const packagesParameterOf = (deployment: string, kind: string): string => `/paddock/${deployment}/packages/${kind}`;
