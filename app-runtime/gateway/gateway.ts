import type { Facts, MachineContext, PlannedFile, Slot } from '../agent/machine/plan.js';
import type { Safe } from '../agent/machine/template.js';
import type { ReleaseManifest } from '../release.js';
import type { ReadFailures } from './failure.js';

/**
 * What a gateway is on a machine: all that differs from one to another, pure, as values. What they have in common, its units, its sandbox and
 * the socket that systemd owns, is `files.ts` of this room. docs/gateway-contract.md says what its processes must do.
 */
export interface Gateway {
  /** As a person reads it: `Gunicorn`. */
  readonly title: string;
  /** Debian's packages that it needs beside what the release brings. */
  readonly packages: readonly string[];
  /** What it serves by FastCGI. @default - the proxy speaks HTTP to it */
  readonly fastcgi?: (manifest: ReleaseManifest) => FastCgi;
  /** What it can be told to serve, as the manifest says it, and how a person would say that. */
  readonly serves: { readonly pattern: RegExp; readonly must: string };
  /** Whether a connection can become a WebSocket, which a server of single requests and answers has no place for. */
  readonly webSockets: boolean;
  /** What it runs on a machine of that size. */
  readonly size: (facts: Pick<Facts, 'cores' | 'memoryBytes'>) => Size;
  /** Whether one worker computes on all processors at once. @default false - on one of them */
  readonly parallel?: boolean;
  /**
   * Connections that a worker has to a database at the most, by the usual pool of its language; `unlimited` where that has no limit of its own.
   * @default - one for each thread
   */
  readonly pool?: number | 'unlimited';
  /** How its language tells in the log what an application ended with. @default - Python's tracebacks are looked for, and told */
  readonly failures?: ReadFailures;
  /** Readies a release that was just unpacked, as root; nothing can write there afterwards. @default - it serves as it lies */
  readonly ready?: (releaseDirectory: string) => Promise<void>;
  /** Its own configuration for the slot of the context and for the candidate, and whatever else it needs on the machine. */
  readonly files: (context: MachineContext, sandbox: Safe) => readonly PlannedFile[];
  /** Units among those files, which systemd judges with the others. */
  readonly units: (manifest: ReleaseManifest) => readonly string[];
  /** Lines of a unit's `[Service]`: what is executed, and how systemd knows that it is there. It takes requests from the socket that it inherits. */
  readonly start: (context: MachineContext, who: Slot | 'candidate') => Safe;
  /** Lines of `[Service]` that every process of the application has, the release command among them: its environment. */
  readonly environment: (context: MachineContext) => Safe;
}

/** A front controller, as each process of the gateway finds it, whichever release it serves. */
export interface FastCgi {
  /** Folder of the site: absolute. */
  readonly root: string;
  /** The one script that answers every request, below it. */
  readonly script: string;
}

/** What a gateway runs. */
export interface Size {
  /** Processes that answer requests, each of which marks that it has loaded the application. */
  readonly workers: number;
  /** Requests that each of them works on at once. */
  readonly threads: number;
}
