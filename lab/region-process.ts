import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import { refuse } from '../lib/refuse.js';
import { run } from './command.js';
import { withLock } from './lock.js';

const REGION = join(import.meta.dirname, 'region');
const REQUIREMENTS = join(REGION, 'requirements.txt');
/** A busy computer with two cores imports the region in 3 s. */
const START_SECONDS = 60;

export interface RegionOptions {
  /** Port of the plain endpoint, on localhost. */
  readonly port: number;
  /**
   * Network whose addresses Elastic IPs are allocated from, as in `10.213.0.16/28`.
   * @default - addresses that lead nowhere
   */
  readonly addressPool?: string;
  /**
   * Where machines reach the same region by AWS's own names: `address:port`, and files with a certificate for those names.
   * @default - no TLS
   */
  readonly tls?: { readonly listen: string; readonly certificate: string; readonly key: string };
  /** Hears what takes long, a line each. @default - nobody hears it */
  readonly onProgress?: (line: string) => void;
}

/** A region that answers. */
export interface RegionProcess {
  /** For `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  /** The region's log: one JSON line an event. */
  readonly log: string;
  /** Ends the region and everything in it. */
  stop(): Promise<void>;
}

/**
 * The command that is the region, for whoever runs processes in their own way. Makes its Python first, when it is not there yet.
 * @throws Refusal when the packages cannot be installed
 */
export async function regionProgram({ port, addressPool, tls, onProgress }: RegionOptions): Promise<{ command: string; args: string[] }> {
  const python = await regionPython(onProgress);
  const pool = addressPool === undefined ? [] : ['--address-pool', addressPool];
  const listen = tls === undefined ? [] : ['--tls-listen', tls.listen, '--tls-cert', tls.certificate, '--tls-key', tls.key];
  return { command: python, args: [join(REGION, '__main__.py'), '--port', String(port), ...pool, ...listen] };
}

/**
 * Starts a region as a child of this process and waits until it answers.
 * @throws Refusal when it does not
 */
export async function startRegion({ directory, ...options }: RegionOptions & { readonly directory: string }): Promise<RegionProcess> {
  const { command, args } = await regionProgram(options);
  mkdirSync(directory, { recursive: true });
  const log = join(directory, 'region.log');
  const descriptor = openSync(log, 'a');
  const child = spawn(command, args, { cwd: directory, stdio: ['ignore', 'ignore', descriptor] });
  closeSync(descriptor);
  const endpoint = `http://localhost:${options.port}`;
  await untilItAnswers(endpoint, child, log);
  return { endpoint, log, stop: () => stop(child) };
}

async function untilItAnswers(endpoint: string, child: ChildProcess, log: string): Promise<void> {
  for (const until = Date.now() + START_SECONDS * 1000; !await answers(endpoint); await sleep(50)) {
    if (child.exitCode === null && Date.now() < until) continue;
    await stop(child);
    refuse('lab region', 'the AWS API must answer', `no answer at ${endpoint}`, `see ${log}`);
  }
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/ready`, { signal: AbortSignal.timeout(2000) }).then((answer) => answer.ok, () => false);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** A Python with exactly the pinned packages, made once for each set of them and each Python of the computer. */
async function regionPython(onProgress: (line: string) => void = () => {}): Promise<string> {
  const version = await run('python3', ['-c', 'import platform, sys; print(sys.executable, sys.version, platform.machine())']);
  const key = createHash('sha256').update(readFileSync(REQUIREMENTS)).update(version).digest('hex').slice(0, 16);
  const cache = cacheDirectory();
  const venv = join(cache, `region-${key}`);
  mkdirSync(cache, { recursive: true });
  await withLock(join(cache, 'region.lock'), async () => {
    if (!existsSync(venv)) await install(venv, onProgress);
  });
  return join(venv, 'bin', 'python');
}

async function install(venv: string, onProgress: (line: string) => void): Promise<void> {
  const unfinished = `${venv}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  onProgress('installing the AWS API (once)');
  await run('python3', ['-m', 'venv', unfinished]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--only-binary', ':all:', '--requirement', REQUIREMENTS];
  await run(join(unfinished, 'bin', 'python'), pip);
  // Named last, so that what has the name is whole.
  renameSync(unfinished, venv);
}

function cacheDirectory(): string {
  if (process.getuid?.() === 0) return '/var/cache/paddock';
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'paddock');
}
