/**
 * Build: turns an application's folder into what Gunicorn serves on a machine: recognised, its locked dependencies unpacked,
 * its callable imported once, its static files collected.
 */
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Built, GatewayBuild, GatewayBuilder } from '../../gateway/builder.js';
import { isAsynchronous, launches } from './command.js';
import { findLock, type Interface, type Lock, lockedRequirements } from './dependencies.js';
import { recognise, sign } from './detect.js';
import { examine } from './plan/examine.js';
import { probe } from './probe.js';
import { tidySitePackages } from './site-packages.js';
import { Uv } from './uv.js';
import { installForHere, installForMachine, PYTHON } from './wheels.js';

export const builder: GatewayBuilder = {
  example: 'wsgi', looksFor: 'a Django project or a WSGI callable', launches: (command) => launches(command) && !isAsynchronous(command), sign, recognise, examine,
  build: (order) => buildPython(order, 'wsgi'),
};

/** Fills a release with what Gunicorn serves, by either of Python's interfaces. */
export function buildPython(order: GatewayBuild, speaks: Interface): Built {
  const { source, where, recognition, release, trial, scratch, environment, say } = order;
  const lock = findLock(source, where);
  const python = installDependencies(order, lock, speaks);
  say(`importing ${recognition.serves} and collecting static files`);
  const { files, framework } = probe({ python, application: trial, recognition, speaks, lock, environment, scratch, where });
  if (files) takeStatic(join(trial, files.directory), join(release, 'app', files.directory));
  return { static: files ? [{ url: files.url, directory: `app/${files.directory}` }] : [], ...(framework !== undefined && { framework }) };
}

/** Fills the release's venv. @returns the Python of an environment with the same packages, on this computer */
function installDependencies({ where, release, trial, scratch, architecture, cache, say }: GatewayBuild, lock: Lock, speaks: Interface): string {
  const uv = Uv.ready(cache, say);
  say(`fetching wheels for Python ${PYTHON} on ${architecture}`);
  const requirements = lockedRequirements(trial, lock, uv, cache, scratch, where, say, speaks);
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
