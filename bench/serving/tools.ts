import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');

/** Installs by apt what this computer lacks of nginx and wrk. */
export function installTools(): void {
  const missing = ['nginx', 'wrk'].filter((tool) => spawnSync('which', [tool]).status !== 0);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0) throw new Error(`bench: ${missing.join(' and ')} must be installed, got none; install with apt, or run as root`);
  say(`installing ${missing.join(' and ')}`);
  // Nothing may start a daemon here, on a port of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  execFileSync('apt-get', ['-qq', 'update'], { env });
  execFileSync('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...missing], { env, stdio: 'ignore' });
}

/** The Python of a virtual environment that holds Flask and Gunicorn, made once for each list of requirements. */
export function python(): string {
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'paddock');
  const venv = join(cache, `bench-serving-${digest}`);
  if (!existsSync(venv)) {
    say('installing Flask and Gunicorn');
    mkdirSync(cache, { recursive: true });
    const part = mkdtempSync(`${venv}.`);
    try {
      execFileSync('python3', ['-m', 'venv', part]);
      execFileSync(join(part, 'bin/python3'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', REQUIREMENTS]);
      if (!existsSync(venv)) renameSync(part, venv);
    } finally {
      rmSync(part, { recursive: true, force: true });
    }
  }
  return join(venv, 'bin/python3');
}

/** Progress, beside the results. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
