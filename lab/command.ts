import { execa } from 'execa';
import { Refusal } from '../lib/refuse.js';

/**
 * Runs one of the computer's own tools and returns what it printed.
 * @throws Refusal with the command and the line in which it complained
 */
export async function run(command: string, args: readonly string[], options: { input?: string; cwd?: string } = {}): Promise<string> {
  const result = await execa(command, args, { ...options, reject: false, stdin: options.input === undefined ? 'ignore' : 'pipe' });
  if (!result.failed) return result.stdout;
  const lines = (result.stderr || result.stdout || result.shortMessage || '').trim().split('\n');
  const words = lines.find((line) => /error|cannot|failed/i.test(line)) ?? lines.at(-1);
  throw new Refusal(`lab: ${[command, ...args].join(' ')} must succeed, got ${JSON.stringify(words)}; mend it and run the command again`);
}

/** Whether a command succeeds, for a question that has no other answer. */
export async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  return !(await execa(command, args, { reject: false, stdin: 'ignore' })).failed;
}
