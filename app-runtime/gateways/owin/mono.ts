import { spawnSync } from 'node:child_process';
import { refuse } from '../../refusal.js';

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** How a program ended, and what it said. */
interface Ended {
  readonly status: number | null;
  /** Of both its outputs. */
  readonly text: string;
}

/**
 * Runs a program of Mono.
 * @param brings Debian's package that has it
 * @throws Refusal when this computer does not have it
 */
export function run(program: string, brings: string, words: readonly string[], folder: string, environment: Readonly<Record<string, string>> = {}): Ended {
  // Colours are for terminals.
  const { status, stdout, stderr, error } = spawnSync(program, words, { cwd: folder, env: { ...process.env, ...environment, TERM: 'dumb' }, encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES, stdio: ['ignore', 'pipe', 'pipe'] });
  if (error) refuse(program, 'this computer must have Mono, to build what is deployed', error.message, `install ${brings}, or what https://www.mono-project.com/download has`);
  const text = `${stdout}${stderr}`;
  if (status !== 0 && /no space left on device|disk full/i.test(text)) throw new Error('No space left on device');
  return { status, text };
}
