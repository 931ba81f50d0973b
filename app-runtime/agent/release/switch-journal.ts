import { readFile } from 'node:fs/promises';
import { places } from '../machine/places.js';
import { replaceFile } from '../machine/replace-file.js';
import { step, type Step } from '../reporting/step.js';

/** The last switch of a machine, step by step: what `paddock status` tells, and what a run that was cut off left behind. */
export interface SwitchRecord {
  /** Digest of the release that was to serve. */
  readonly to: string;
  /** Digest of the release that served before; null where none did. */
  readonly from: string | null;
  /** ISO 8601, as every time here. */
  readonly began: string;
  /** Each step as it was begun. */
  readonly steps: readonly { readonly name: Step; readonly at: string }[];
  /** @default - it goes on, or was cut off */
  readonly ended?: string;
  readonly outcome?: 'served' | 'refused';
  /** Why it was refused. */
  readonly error?: string;
  /** Django's migrations that were pending before the release command. */
  readonly migrations?: readonly string[];
}

/** The switch of a machine as it lies on the disk; undefined before the first. */
export async function readJournal(file: string = places.journal): Promise<SwitchRecord | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as SwitchRecord;
  } catch {
    return undefined;
  }
}

/** Writes down each step before it is taken. The file is the memory: the process that brings a release writes to it too. */
export class SwitchJournal {
  constructor(private readonly file: string = places.journal) {}

  async begin(to: string, from: string | null): Promise<void> {
    await this.write({ to, from, began: now(), steps: [] });
  }

  /** Takes a step, after writing down that it is taken. */
  async step<T>(name: Step, work: () => Promise<T>): Promise<T> {
    await this.change(({ steps }) => ({ steps: [...steps, { name, at: now() }] }));
    return step(name, work);
  }

  async pending(migrations: readonly string[]): Promise<void> {
    await this.change(() => ({ migrations }));
  }

  async end(error?: string): Promise<void> {
    await this.change(() => ({ ended: now(), ...(error === undefined ? { outcome: 'served' } : { outcome: 'refused', error }) }));
  }

  private async change(change: (record: SwitchRecord) => Partial<SwitchRecord>): Promise<void> {
    const record = await readJournal(this.file);
    if (record) await this.write({ ...record, ...change(record) });
  }

  private write(record: SwitchRecord): Promise<void> {
    return replaceFile(this.file, `${JSON.stringify(record)}\n`);
  }
}

function now(): string {
  return new Date().toISOString();
}
