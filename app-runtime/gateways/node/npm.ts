import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { FolderCache } from '../../gateway/folder-cache.js';
import { refuse } from '../../refusal.js';

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** What npm says of a lock that is behind its package.json. */
const OUT_OF_DATE = /can only install packages when your package\.json and package-lock\.json/;

/**
 * Runs npm, which every computer with Node.js has, with the person's own registry settings.
 * @param environment of a script that npm runs. @default - npm runs none
 * @throws Refusal with what npm said
 */
export function npm(words: readonly string[], folder: string, where: string, cache: FolderCache, environment: Readonly<Record<string, string>> = {}): void {
  const { status, stdout, stderr, error } = spawnSync('npm', [...words, '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'], {
    cwd: folder, encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES, stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment, npm_config_cache: join(cache.directory, 'npm') },
  });
  if (error) refuse('npm', 'this computer must have npm, to fetch what is deployed', error.message, 'install Node.js with npm');
  if (status === 0) return;
  const said = `${stdout}\n${stderr}`;
  if (/\bENOSPC\b/.test(said)) throw new Error('No space left on device');
  if (OUT_OF_DATE.test(said)) refuse(`${where}/package-lock.json`, 'the lock must be up to date with package.json', 'another state of it', 'run `npm install --package-lock-only`');
  const lines = said.split('\n').map((line) => line.replace(/^npm (error|ERR!)\s*/, '').trim()).filter((line) => line !== '' && !/^A complete log|^code |^errno /.test(line));
  refuse(where, `npm ${words.slice(0, 2).join(' ')} must succeed`, lines.at(words[0] === 'run' ? -1 : 0) ?? `exit code ${status}`, 'run it on this computer and correct it');
}
