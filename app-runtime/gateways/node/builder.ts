/** Build: an application of Node.js with its locked dependencies, as the machine's processor needs them. */
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Built, GatewayBuild, GatewayBuilder } from '../../gateway/builder.js';
import { staticFolders } from '../../gateway/static.js';
import { refuse } from '../../refusal.js';
import { entryOf, launches, readPackage, recognise, sign } from './command.js';
import { npm } from './npm.js';

export const builder: GatewayBuilder = { example: 'express', looksFor: 'a package.json with a start script', launches, sign, recognise, build };

const LOCK = 'package-lock.json';
const OTHER_LOCKS = ['yarn.lock', 'pnpm-lock.yaml', 'bun.lock'];

function build(order: GatewayBuild): Built {
  const { source, where, release, recognition } = order;
  refuseLock(source, where);
  const application = join(release, 'app');
  const { scripts, dependencies, optionalDependencies } = readPackage(source, where);
  if (scripts?.['build'] !== undefined) runBuild(order, application);
  if (Object.keys({ ...dependencies, ...optionalDependencies }).length > 0) installForMachine(order, application);
  const entry = entryOf(recognition.serves.split(' '))!;
  if (!isThere(join(application, entry))) refuse(where, 'the file that node runs must be there', `no ${entry}`, 'correct the start script');
  return { static: staticFolders(application) };
}

/** Whether node finds it: `dist/main` is a file with .js, `.` a folder with an index.js or a main. */
function isThere(path: string): boolean {
  try {
    return createRequire(path).resolve(path) !== '';
  } catch {
    return false;
  }
}

function refuseLock(source: string, where: string): void {
  if (existsSync(join(source, LOCK))) return;
  const other = OTHER_LOCKS.find((name) => existsSync(join(source, name)));
  refuse(where, `dependencies must be locked in ${LOCK}`, other ?? 'none', 'run `npm install --package-lock-only`');
}

/** The build script, with all dependencies of this computer, in the copy that may be written to; what it made is the application. */
function runBuild({ trial, where, environment, cache, say }: GatewayBuild, application: string): void {
  say('running its build script');
  npm(['ci', '--include=dev'], trial, where, cache);
  npm(['run', 'build'], trial, where, cache, environment);
  rmSync(join(trial, 'node_modules'), { recursive: true, force: true });
  cpSync(trial, application, { recursive: true, verbatimSymlinks: true });
}

/** Debian's libc and the machine's processor choose among a package's binaries; what would have to be compiled is refused. */
function installForMachine({ source, where, architecture, cache, say }: GatewayBuild, application: string): void {
  say(`fetching packages for Node.js on ${architecture}`);
  const cpu = { x86_64: 'x64', arm64: 'arm64' }[architecture];
  npm(['ci', '--omit=dev', '--ignore-scripts', '--os=linux', '--libc=glibc', `--cpu=${cpu}`], application, where, cache);
  rmSync(join(application, 'node_modules/.package-lock.json'), { force: true });
  const compiled = Object.entries(locked(source)).filter(([path, { dev, optional }]) => !dev && !optional && existsSync(join(application, path, 'binding.gyp')));
  const without = compiled.find(([path]) => !existsSync(join(application, path, 'prebuilds')));
  if (without) {
    const [path, { version }] = without;
    refuse(`${where}/${LOCK}`, `every dependency must bring its binaries for Linux ${architecture}`, `${path.replace(/^.*node_modules\//, '')} ${version}, which compiles them`, 'choose a version or a package that brings them');
  }
}

interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  /** Its package does without it. */
  readonly optional?: boolean;
}

function locked(source: string): Readonly<Record<string, Locked>> {
  return (JSON.parse(readFileSync(join(source, LOCK), 'utf8')) as { readonly packages?: Readonly<Record<string, Locked>> }).packages ?? {};
}
