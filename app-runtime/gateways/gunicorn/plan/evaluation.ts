/** Evaluation: a Django application's settings as they are once they have been run, in a copy of its folder with its own dependencies. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Evaluation {
  /** Every setting. @default null for an application without Django */
  readonly settings: Readonly<Record<string, unknown>> | null;
  /** Module of the settings. */
  readonly module?: string;
  /** Version of Django. */
  readonly django?: string;
  /** Which of PostgreSQL's drivers its dependencies bring. */
  readonly drivers?: readonly string[];
  /** Fields that keep files. @default null where the models could not be loaded here */
  readonly files?: readonly FileField[] | null;
}

export interface FileField {
  readonly model: string;
  readonly field: string;
  readonly module: string;
  /** Class of its storage. */
  readonly storage: string;
  /** Whether it writes to the local disk. */
  readonly local: boolean;
}

/** Where and with what an application can be run. */
export interface Stand {
  readonly python: string;
  /** The folder that it runs in, in a copy that may be written into. */
  readonly folder: string;
  readonly scratch: string;
  readonly environment: Readonly<Record<string, string>>;
}

const SCRIPT = fileURLToPath(new URL('evaluate.py', import.meta.url));
/** As long as the build gives an import. */
const PATIENCE_MS = 120_000;

/**
 * Loads the application by its callable, or runs one settings module alone.
 * @returns why it could not be run, as text, where it could not
 */
export function evaluate(stand: Stand, what: { readonly callable: string } | { readonly settings: string }): Evaluation | string {
  const answer = join(stand.scratch, 'evaluation.json');
  rmSync(answer, { force: true });
  const words = 'callable' in what ? [what.callable] : ['--settings', what.settings];
  const { signal, status } = run(stand, SCRIPT, [...words, answer]);
  if (signal !== null) return `no end of it within ${PATIENCE_MS / 1000} s`;
  if (!existsSync(answer)) return `exit code ${status} when it was loaded`;
  const said = JSON.parse(readFileSync(answer, 'utf8')) as Evaluation | { readonly problem: string };
  return 'problem' in said ? said.problem : said;
}

/** Runs a script as the application's own process. */
export function run(stand: Stand, script: string, args: readonly string[]): { status: number | null; signal: string | null; stderr: string } {
  const { environment, ...options } = surroundings(stand);
  const { status, signal, stderr } = spawnSync(stand.python, [script, ...args], { ...options, env: environment });
  return { status, signal, stderr };
}

/** What a process of the application finds: what its machine will give it, and nothing of the author's environment. */
export function surroundings({ folder, scratch, environment }: Stand) {
  const data = join(scratch, 'data');
  mkdirSync(data, { recursive: true });
  const own: Record<string, string> = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LANG: 'C.UTF-8', HOME: data, TMPDIR: data, PYTHONDONTWRITEBYTECODE: '1', PYTHONHASHSEED: '0' };
  const stdio: ['ignore', 'ignore', 'pipe'] = ['ignore', 'ignore', 'pipe'];
  return { cwd: folder, environment: { ...own, ...environment, DATA_DIR: data } as Record<string, string>, encoding: 'utf8' as const, timeout: PATIENCE_MS, stdio, maxBuffer: 64 * 1024 * 1024 };
}
