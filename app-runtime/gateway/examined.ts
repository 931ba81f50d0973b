import type { Recognition } from './builder.js';
import type { Finding } from './finding.js';
import type { FolderCache } from './folder-cache.js';

/** An application that is to move to more than one server. */
export interface Subject {
  /** The application as the author has it; only read. */
  readonly source: string;
  /** What it is called in a refusal. */
  readonly where: string;
  readonly recognition: Recognition;
  /** Fills a folder with a copy, to run and write in. */
  readonly copy: (to: string) => void;
  /** Empty folder for what does not outlive this. */
  readonly scratch: string;
  readonly cache: FolderCache;
  readonly say: (line: string) => void;
  /** Host names of the site. */
  readonly hosts: readonly string[];
  /** Whether a balancer ends TLS for it. */
  readonly https: boolean;
  /** Plain environment of the application. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variables whose values only its servers know. */
  readonly secrets: readonly string[];
  /** Whether it must be able to run here, to be measured. @default false - only where running it tells more */
  readonly measured?: boolean;
}

export interface Examined {
  readonly findings: readonly Finding[];
  /** Module of the settings that were judged. @default - it has none */
  readonly settings?: string;
  /** Why something was read and not run. @default - it was run, or there is nothing to run */
  readonly unrun?: string;
  /** Files that could not be read. */
  readonly unread: readonly string[];
  /** @default - it has no database */
  readonly connections?: Connections;
  /** Whether its database is SQLite, so that moving takes a database server that it had no need of. */
  readonly sqlite: boolean;
  /** Asks one path many times, on this computer. @default - it cannot run here */
  readonly measure?: (path: string, told: MeasureTold) => Measured;
}

export interface MeasureTold {
  /** A name that the application answers. */
  readonly host: string;
  /** Readies its database, and runs before. @default - nothing does */
  readonly releaseCommand?: string | undefined;
}

/** Milliseconds of a request. */
export interface Measured {
  readonly service: number;
  readonly processor: number;
  readonly requests: number;
}

/** How many connections to its database an application opens at the most. */
export interface Connections {
  /** What opens them: each thread one of its own, or each worker a pool. */
  readonly by: 'thread' | 'worker';
  /** Of each. */
  readonly most: number;
  /** Why, for a person. */
  readonly why: string;
}
