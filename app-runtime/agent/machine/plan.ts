import type { ReleaseManifest } from '../../release.js';
import type { MachineSettings } from '../../settings.js';

/** What the agent found out about the machine that it runs on. */
export interface Facts {
  readonly cores: number;
  readonly memoryBytes: number;
  readonly instanceId: string;
}

/** Where a release runs: the slots take turns, so that the next release can start while the other one still serves. */
export type Slot = 'a' | 'b';

/** Everything that a machine's files follow from. */
export interface MachineContext {
  readonly settings: MachineSettings;
  readonly facts: Facts;
  readonly manifest: ReleaseManifest;
  /** Absolute path of the unpacked release, as in `/opt/paddock/releases/<digest>`. */
  readonly releaseDirectory: string;
  readonly slot: Slot;
}

/** A file as it must be on the machine. */
export interface PlannedFile {
  /** Absolute path on the machine. */
  readonly path: string;
  readonly content: string;
  /** @default 0o644 */
  readonly mode?: number;
  /** Units of the plan that must take notice when this file changes. @default - none: it is read when its unit starts */
  readonly concerns?: readonly string[];
}

/** A systemd unit that must run, and how it takes notice of a changed file. The agent starts it after it has mounted the data volume, and enables none. */
export interface PlannedUnit {
  readonly name: string;
  readonly onChange: 'reload' | 'restart';
}

/** A daemon's own judgement of the files before any is written. `{root}` in an argument stands for the folder that mirrors `/`. */
export interface Check {
  /** Who judges, for the error: `nginx refused …`. */
  readonly judge: string;
  readonly command: readonly string[];
  /** systemd-analyze verify exits 0 on a bad value and complains on stderr alone. @default false */
  readonly silentStderr?: boolean;
}

/** What a machine must look like: a value, compared with what is there by `apply`. */
export interface MachinePlan {
  readonly files: readonly PlannedFile[];
  /** In the order in which they start. */
  readonly units: readonly PlannedUnit[];
  readonly checks: readonly Check[];
}
