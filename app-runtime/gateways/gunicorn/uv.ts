/**
 * uv: the installer that evaluates markers and picks wheels for a machine other than this one. It is pinned in tools.txt,
 * kept in the cache, and told what pip was told: indexes, certificates and proxies of the person's own.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FolderCache } from '../../gateway/folder-cache.js';
import { refuse } from '../../refusal.js';

const TOOLS = fileURLToPath(new URL('tools.txt', import.meta.url));
/** The machine's own version first: there the application is judged by the Python that will run it. */
const PYTHONS = ['python3.13', 'python3'];
const LEAST_PYTHON = [3, 9] as const;
/** Said by whatever tool meets it; the cache turns it into a line for the person. */
const FULL_DISK = /No space left on device|Disk quota exceeded/i;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface Outcome {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export class Uv {
  private constructor(private readonly binary: string, readonly python: string, private readonly environment: NodeJS.ProcessEnv) {}

  /**
   * Finds this computer's Python and, the first time, installs uv with it into the cache.
   * @throws Refusal when there is no Python 3.9 or newer, or when uv cannot be installed
   */
  static ready(cache: FolderCache, say: (line: string) => void): Uv {
    const python = findPython();
    const key = createHash('sha256').update(readFileSync(TOOLS)).update(python.join('\0')).digest('hex').slice(0, 16);
    const venv = cache.once(`tools/${key}`, (folder) => {
      say('installing the tools that build a release (once)');
      install(python[0], folder);
    });
    const environment = { ...process.env, ...asUvReadsIt(pipSettings(join(venv, 'bin/python'))), UV_CACHE_DIR: join(cache.directory, 'uv'),
      UV_PYTHON_DOWNLOADS: 'never', UV_NO_PROGRESS: '1', NO_COLOR: '1' };
    return new Uv(join(venv, 'bin/uv'), python[0], environment);
  }

  /** Runs uv in a folder, whose pyproject.toml may name indexes of its own. */
  run(args: readonly string[], cwd: string): Outcome {
    return run(this.binary, args, { cwd, env: this.environment });
  }
}

function run(command: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Outcome {
  const { status, stdout, stderr, error } = spawnSync(command, args, { ...options, encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES, stdio: ['ignore', 'pipe', 'pipe'] });
  const full = status === 0 ? null : FULL_DISK.exec(`${stderr}${stdout}`);
  if (full) throw new Error(full[0]);
  return { ok: status === 0, stdout: stdout ?? '', stderr: stderr || error?.message || '' };
}

/** Path and version of the Python that builds. */
function findPython(): [path: string, version: string] {
  const script = 'import sys; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3])';
  const answers = PYTHONS.map((name) => run(name, ['-c', script])).filter(({ ok }) => ok).map(({ stdout }) => stdout.trim().split('\n'));
  const found = answers.find(([, version = '']) => newEnough(version));
  if (!found) {
    refuse('python3', `this computer must have Python ${LEAST_PYTHON.join('.')} or newer, to check and collect what is deployed`,
      answers[0]?.[1] ?? 'none on the PATH', 'install python3 and its venv module');
  }
  return [found[0]!, found[1]!];
}

function newEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > LEAST_PYTHON[0] || (major === LEAST_PYTHON[0] && minor >= LEAST_PYTHON[1]);
}

/** In three steps, so that each tells its own reason when it fails. */
function install(python: string, folder: string): void {
  const own = join(folder, 'bin/python');
  const venv = run(python, ['-m', 'venv', '--without-pip', folder]);
  const pip = venv.ok ? run(own, ['-m', 'ensurepip', '--default-pip']) : venv;
  if (!pip.ok) refuse(python, 'Python must have its venv and ensurepip modules', lastLine(pip.stderr), 'install python3-venv');
  const uv = run(own, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:', '--require-hashes', '-r', TOOLS]);
  if (!uv.ok) refuse('uv', 'pip must install the build tool from a package index', lastLine(uv.stderr), "check the network and pip's index settings, then try again");
}

/** pip's settings from its files and environment: `index-url`, `cert`, … */
function pipSettings(python: string): Map<string, string> {
  const printed = run(python, ['-m', 'pip', 'config', 'list', '--disable-pip-version-check']).stdout;
  const found = [...printed.matchAll(/^(global|install|:env:)\.([a-z-]+)='(.*)'$/gm)];
  // As pip reads them: the command's section over the global one, the environment over both.
  const rank = (section: string) => ['global', 'install', ':env:'].indexOf(section);
  return new Map(found.sort(([, a], [, b]) => rank(a!) - rank(b!)).map(([, , name, value]) => [name!, value!.replaceAll('\\n', ' ')]));
}

/** uv reads neither pip's files nor its variables. What the person told uv itself stays. */
export function asUvReadsIt(pip: ReadonlyMap<string, string>, own: NodeJS.ProcessEnv = process.env): Record<string, string> {
  // pip passes over a folder that is not there; uv does not.
  const links = pip.get('find-links')?.split(/\s+/).filter((place) => place.includes('://') || existsSync(place)).join(' ');
  const told = {
    UV_DEFAULT_INDEX: pip.get('index-url'), UV_INDEX: pip.get('extra-index-url'), UV_FIND_LINKS: links,
    UV_INSECURE_HOST: pip.get('trusted-host'), SSL_CERT_FILE: pip.get('cert'), SSL_CLIENT_CERT: pip.get('client-cert'),
    HTTPS_PROXY: pip.get('proxy'), HTTP_PROXY: pip.get('proxy'),
    // The computer's own certificate store: a company's proxy is known there.
    UV_SYSTEM_CERTS: '1',
  };
  return Object.fromEntries(Object.entries(told).filter((entry): entry is [string, string] => Boolean(entry[1]) && !own[entry[0]]));
}

export function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() || 'no word of why';
}
