import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { PROJECT } from '../../lab/lab.js';
import { refuseComputer } from '../../lab/setup.js';
import { say } from '../serving/tools.js';

/** The application whose releases take turns. */
export const APPLICATION = join(import.meta.dirname, 'app');

/** A copy of the application that differs in one byte, and so is another release. */
export function otherApplication(folder: string): string {
  cpSync(APPLICATION, folder, { recursive: true });
  const code = join(folder, 'wsgi.py');
  writeFileSync(code, readFileSync(code, 'utf8').replace('VERSION = "a"', 'VERSION = "b"'));
  return folder;
}

/**
 * A lab for as long as the work takes, with a single node that keeps two releases. It is taken down whatever happens.
 * @throws Refusal when this computer can have no lab, Error when a deploy fails or the person interrupts
 */
export async function withLab<T>(work: (labName: string) => Promise<T>): Promise<T> {
  refuseComputer();
  const name = `bench-${process.pid}`;
  const scratch = mkdtempSync(join(tmpdir(), 'paddock-bench-'));
  const stop = new AbortController();
  const interrupted = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => reject(new Error(`bench: must run to its end, got ${signal}; start it again`)));
  });
  let deploying = Promise.resolve();
  const whole = async () => {
    for (const application of [APPLICATION, otherApplication(join(scratch, 'app'))]) await (deploying = deploy(name, application, stop.signal));
    return work(name);
  };
  try {
    return await Promise.race([whole(), interrupted]);
  } finally {
    stop.abort();
    await deploying.catch(() => {});
    say(`taking lab ${name} down`);
    await lab(name, ['down']);
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function deploy(name: string, application: string, cancelSignal: AbortSignal): Promise<void> {
  say(`deploying ${application} into lab ${name}`);
  const { exitCode, all } = await lab(name, ['deploy', 'single-node', '-c', `application=${application}`, '-c', 'bakeTime=0'], cancelSignal);
  if (exitCode !== 0) throw new Error(`bench: the lab must deploy ${application}, got: ${all.trim().split('\n').at(-1)}; see it whole with npm run lab -- deploy single-node -c application=${application}`);
}

/** In a process group of its own, so that what interrupts the bench does not keep the lab from being taken down. */
function lab(name: string, words: readonly string[], cancelSignal?: AbortSignal) {
  const command = ['--import', 'tsx', join(PROJECT, 'lab/cli.ts'), '--name', name, ...words];
  return execa(process.execPath, command, { cwd: PROJECT, all: true, reject: false, stdin: 'ignore', detached: true, ...cancelSignal && { cancelSignal } });
}
