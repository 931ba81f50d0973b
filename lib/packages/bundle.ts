import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Architecture } from '../../app-runtime/release.js';
import { Refusal } from '../refuse.js';
import { Cache } from '../release/cache.js';
import { ASSEMBLED, type Assembled, type Order } from './assembled.js';

/** Debian's packages in one archive, from which machines install. */
export interface PackageBundle {
  /** Path of the archive, a tar. */
  readonly archive: string;
  /** SHA-256 of its bytes, in hexadecimal. */
  readonly digest: string;
}

export interface PackageBundleOptions {
  /** Processor of the machines. */
  readonly architecture: Architecture;
  /** Packages that machines may install. */
  readonly packages: readonly string[];
  /** Where it is kept. @default `$XDG_CACHE_HOME/paddock`, or `~/.cache/paddock` */
  readonly cacheDirectory?: string;
  /** Hears what a person must know. @default - a line on stderr */
  readonly onNotice?: (line: string) => void;
}

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = join(PROJECT, 'lib/packages/assemble.ts');

/** Milliseconds that Debian is not asked again: it publishes a few times a day. */
const FRESH = 3_600_000;

/**
 * The packages as Debian has them now, asked at most once an hour. Where Debian cannot be asked, those of the last time: a mirror that is away
 * holds up no deploy.
 * @throws Refusal in one line, when there are none yet and Debian cannot be asked, or signed something else
 */
export function packageBundle(options: PackageBundleOptions): PackageBundle {
  const { architecture, packages, cacheDirectory, onNotice = (line) => process.stderr.write(`${line}\n`) } = options;
  const cache = new Cache(cacheDirectory);
  const place = join(cache.directory, 'debian', nameOf(architecture, packages));
  const kept = found(place);
  if (kept !== undefined && Date.now() - statSync(join(place, ASSEMBLED)).mtimeMs < FRESH) return kept;
  const order: Order = { architecture, packages, cache: cache.directory, place };
  // undici calls reading HTTPS_PROXY an experiment, once a run.
  const { status, stdout, error } = spawnSync(process.execPath, ['--disable-warning=UNDICI-EHPA', '--import', 'tsx', PROGRAM, JSON.stringify(order)],
    { cwd: PROJECT, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  if (error !== undefined) throw error;
  if (status === 0) return found(place)!;
  if (kept === undefined) throw new Refusal(stdout.trim());
  onNotice(`${stdout.trim()}; the packages of ${statSync(join(place, ASSEMBLED)).mtime.toISOString().slice(0, 16)} are taken`);
  return kept;
}

/** Whichever version Debian has of them. */
function nameOf(architecture: Architecture, packages: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify([architecture, packages])).digest('hex').slice(0, 12);
}

/** A kept bundle, when its bytes are still what they were. */
function found(place: string): PackageBundle | undefined {
  if (!existsSync(join(place, ASSEMBLED))) return undefined;
  const { archive: name, digest } = JSON.parse(readFileSync(join(place, ASSEMBLED), 'utf8')) as Assembled;
  const archive = join(place, name);
  if (existsSync(archive) && createHash('sha256').update(readFileSync(archive)).digest('hex') === digest) return { archive, digest };
  rmSync(place, { recursive: true, force: true });
  return undefined;
}
