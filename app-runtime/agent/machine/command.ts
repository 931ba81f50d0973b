import { execFile } from 'node:child_process';

/** What a program said and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Tests hand in a recorder where systemd would be asked to change the machine. */
export type Run = (command: readonly string[]) => Promise<Outcome>;

/** Runs a program; an end other than 0 is an outcome, a program that cannot be started is an error. */
export const run: Run = ([program, ...args]) =>
  new Promise((resolve, reject) => {
    execFile(program!, args, { maxBuffer: 4 * 1024 * 1024, env: { ...process.env, LC_ALL: 'C.UTF-8' } }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(new Error(`${program}: must run to its end, got ${error.message.split('\n')[0]}`));
      else resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });

/**
 * Runs a program that must succeed.
 * @throws Error with the last line that it said
 */
export async function must(command: readonly string[], runner: Run = run): Promise<string> {
  const { code, stdout, stderr } = await runner(command);
  if (code !== 0) throw new Error(`${command.slice(0, 3).join(' ')}: must succeed, got exit code ${code}: ${lastLine(stderr || stdout)}`);
  return stdout;
}

/** The last line that says something. */
export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
