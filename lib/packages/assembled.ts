import type { Architecture } from '../../app-runtime/release.js';

/** What `assemble.ts` is asked for, as JSON in its one argument. */
export interface Order {
  readonly architecture: Architecture;
  /** Packages that machines install. */
  readonly packages: readonly string[];
  /** Folder of the cache. */
  readonly cache: string;
  /** Folder in it where the bundle lies. */
  readonly place: string;
}

/** What lies beside a bundle. */
export interface Assembled {
  /** Name of the archive. */
  readonly archive: string;
  /** SHA-256 of its bytes, in hexadecimal. */
  readonly digest: string;
  /** Names the state of Debian that it was made from. */
  readonly state: string;
}

export const ASSEMBLED = 'bundle.json';
