import type { S3Object } from './settings.js';

/** What a machine tells of the releases that it keeps, for `npm run rollback`, in an SSM parameter that no stack owns. */
export interface KeptReleases {
  readonly instance: string;
  /** Newest first; the first one serves. */
  readonly releases: readonly KeptRelease[];
}

export interface KeptRelease extends S3Object {
  /** When it began to serve, in ISO 8601. */
  readonly served: string;
  /** Django's migrations that were pending before its release command ran, as in `entries.0002_colour`. */
  readonly migrations: readonly string[];
  /** Parameters and secrets that it needs, by name: the machine's role may read those of the release deployed last. */
  readonly secrets: readonly string[];
}

/** Name of the parameter that tells which releases a deployment's machine keeps. */
export const keptParameterOf = (deployment: string): string => `/paddock/${deployment}/kept`;

/** Bytes that a standard parameter takes. Source: the quotas of Parameter Store. */
const PARAMETER = 4096;

/** The list as a parameter's value: names of migrations are left out where there are more than there is room for. */
export function packKept(kept: KeptReleases): string {
  const value = JSON.stringify(kept);
  if (Buffer.byteLength(value) <= PARAMETER) return value;
  return JSON.stringify({ ...kept, releases: kept.releases.map((release) => ({ ...release, migrations: [] })) });
}

export function unpackKept(value: string): KeptReleases {
  return JSON.parse(value) as KeptReleases;
}
