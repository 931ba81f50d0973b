import type { Architecture, ReleaseManifest } from '../release.js';
import type { Examined, Subject } from './examined.js';
import type { FolderCache } from './folder-cache.js';

/**
 * What a gateway is on the deployer's computer: how it recognises an application, and makes a release of it that its processes can serve on a
 * machine. The other half, what it is there, is `gateway.ts`.
 */
export interface GatewayBuilder {
  /** Folder of `examples/` by which the conformance suite asks whether its promises are kept. */
  readonly example: string;
  /** Folder of such an application whose content a release's `app/` becomes. @default '' - the application itself */
  readonly contents?: string;
  /** What it takes for its own, for the person whose folder holds nothing of the kind, as in `a package.json with a start script`. */
  readonly looksFor: string;
  /** Whether a Procfile's web line is a command of this gateway. */
  readonly launches: (command: string, folder: string) => boolean;
  /** Whether a Procfile's web line says what it is to serve, once the settings have named it. @default - as `launches` */
  readonly follows?: (command: string, folder: string) => boolean;
  /** What in a folder speaks for it, as in `package.json`. Reads, runs nothing. @returns undefined where nothing does, or where it must be chosen */
  readonly sign: (folder: string) => string | undefined;
  /**
   * Finds out what is to be served. Reads, runs nothing; the build has the last word.
   * @throws Refusal when nothing, or more than one thing, can be meant
   */
  readonly recognise: (folder: ApplicationFolder) => Recognition;
  /**
   * Fills a release with all that serving it takes besides Debian's packages.
   * @throws Refusal when the application cannot be locked, built or started
   */
  readonly build: (build: GatewayBuild) => Built;
  /** Finds out what more than one server would notice. @default - `npm run plan` says that nobody looked */
  readonly examine?: (subject: Subject) => Examined;
}

/** An application as its author has it. */
export interface ApplicationFolder {
  /** Absolute path. */
  readonly path: string;
  /** What it is called in a refusal. */
  readonly where: string;
  /** Command of the Procfile's web line. @default - it has none */
  readonly web?: string | undefined;
}

export interface Recognition {
  /** What is served, in the gateway's own words: a callable, a file, a command. The gateway on the machine must accept it (`Gateway.serves`). */
  readonly serves: string;
  /** Folder inside the application to run in. @default - the application's folder */
  readonly chdir?: string;
  /** What the folder was recognised as, and why, for the person who reads it. */
  readonly recognised: string;
  /** What the folder says that Paddock does not follow, one sentence each. @default - nothing */
  readonly warnings?: readonly string[];
}

export interface GatewayBuild {
  /** The application as the author has it; only read. */
  readonly source: string;
  /** What the source is called in a refusal. */
  readonly where: string;
  readonly recognition: Recognition;
  /** The release being built, whose `app/` is a copy of the source. */
  readonly release: string;
  /** Another copy of the source, to run and write in. */
  readonly trial: string;
  /** Empty folder for what does not outlive the build. */
  readonly scratch: string;
  readonly architecture: Architecture;
  /** Environment of the application, with placeholders for secrets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cache: FolderCache;
  /** Says one line about a step that may take over two seconds, or a warning. */
  readonly say: (line: string) => void;
}

/** What building found out. */
export interface Built extends Pick<ReleaseManifest, 'static'>, Partial<Pick<ReleaseManifest, 'framework'>> {
  /** What is served, where the build knows it better than the folder told. @default - the recognition's */
  readonly serves?: string;
}

/** Stands for a secret while an application is built: none is known there. */
export const PLACEHOLDER = 'only-for-the-build';
