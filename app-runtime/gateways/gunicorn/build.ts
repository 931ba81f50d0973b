/**
 * Build: turns an application's folder into what Gunicorn serves on a machine: recognised, its locked dependencies unpacked,
 * its callable imported once, its static files collected.
 */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture, ReleaseManifest } from '../../release.js';
import { findLock, type Lock, lockedRequirements } from './dependencies.js';
import { recognise } from './detect.js';
import type { FolderCache } from './folder-cache.js';
import { probe } from './probe.js';
import { tidySitePackages } from './site-packages.js';
import { Uv } from './uv.js';
import { installForHere, installForMachine, PYTHON } from './wheels.js';

export interface GatewayBuild {
  /** The application as the author has it; only read. */
  readonly source: string;
  /** What the source is called in a refusal. */
  readonly where: string;
  /** The release being built, whose `app/` is a copy of the source. */
  readonly release: string;
  /** Another copy of the source, to run and write in. */
  readonly trial: string;
  /** Empty folder for what does not outlive the build. */
  readonly scratch: string;
  readonly architecture: Architecture;
  /** Environment of the application, with placeholders for secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Overrules the Procfile's release line. @default - the Procfile's */
  readonly releaseCommand?: string | undefined;
  readonly cache: FolderCache;
  /** Says one line about a step that may take over two seconds, or a warning. */
  readonly say: (line: string) => void;
}

/** What the gateway contributes to a release's manifest. */
export type GatewayManifest = Pick<ReleaseManifest, 'gateway' | 'recognised' | 'python' | 'static' | 'releaseCommand' | 'framework'>;

/**
 * Fills a release with the application's dependencies and static files.
 * @throws Refusal when the application cannot be recognised, locked, installed or imported
 */
export function buildForGunicorn(build: GatewayBuild): GatewayManifest {
  const { source, where, release, trial, scratch, environment, say } = build;
  const recognition = recognise(source, where);
  for (const warning of recognition.warnings) say(warning);
  const lock = findLock(source, where);
  const python = installDependencies(build, lock);
  say(`importing ${recognition.callable} and collecting static files`);
  const { files, framework } = probe({ python, application: trial, recognition, lock, environment, scratch, where });
  if (files) takeStatic(join(trial, files.directory), join(release, 'app', files.directory));

  const { callable, chdir, recognised } = recognition;
  const releaseCommand = build.releaseCommand ?? recognition.releaseCommand;
  return {
    gateway: { name: 'gunicorn', callable, ...(chdir !== undefined && { chdir }) },
    recognised,
    python: PYTHON,
    static: files ? [{ url: files.url, directory: `app/${files.directory}` }] : [],
    ...(releaseCommand !== undefined && { releaseCommand }),
    ...(framework !== undefined && { framework }),
  };
}

/** Fills the release's venv. @returns the Python of an environment with the same packages, on this computer */
function installDependencies({ where, release, trial, scratch, architecture, cache, say }: GatewayBuild, lock: Lock): string {
  const uv = Uv.ready(cache, say);
  say(`fetching wheels for Python ${PYTHON} on ${architecture}`);
  const requirements = lockedRequirements(trial, lock, uv, cache, scratch, where, say);
  const venv = join(release, 'venv');
  const sitePackages = join(venv, `lib/python${PYTHON}/site-packages`);
  installForMachine(uv, trial, requirements, architecture, sitePackages, `${where}/${lock}`);
  tidySitePackages(sitePackages, join(venv, 'bin'));
  return installForHere(uv, trial, requirements, join(scratch, 'venv'), `${where}/${lock}`);
}

/** What was collected replaces what the author may have collected before. */
function takeStatic(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}
