/**
 * Wheels: the locked requirements, unpacked for the machine; and once more in a virtual environment for this computer's
 * Python, in which the application is checked.
 */
import { join } from 'node:path';
import type { Architecture } from '../../release.js';
import { refuse } from '../../refusal.js';
import { lastLine, type Outcome, type Uv } from './uv.js';

/** Python of the machine: Debian 13's. */
export const PYTHON = '3.13';
/** uv's names for Linux with glibc up to 2.40; Debian 13 has 2.41, for which uv has no name of its own. */
const PLATFORM: Record<Architecture, string> = { x86_64: 'x86_64-manylinux_2_40', arm64: 'aarch64-manylinux_2_40' };
const INSTALL = ['pip', 'install', '--only-binary', ':all:', '--require-hashes', '--no-deps', '-r'];

/**
 * Unpacks the wheels for the machine.
 * @throws Refusal naming the package that has no wheel, a wrong hash, or a requirement that the lock leaves out
 */
export function installForMachine(uv: Uv, folder: string, requirements: string, architecture: Architecture, target: string, where: string): void {
  const machine = `CPython ${PYTHON} on Linux ${architecture}`;
  const installed = uv.run([...INSTALL, requirements, '--python', uv.python, '--target', target,
    '--python-platform', PLATFORM[architecture], '--python-version', PYTHON, '--strict'], folder);
  if (!installed.ok) refuseInstall(installed, machine, where);
  const [, one, wants] = /The package `(.+?)` requires `(.+?)`, but it's not installed/.exec(installed.stderr) ?? [];
  if (one) {
    refuse(where, 'the lock must hold everything that its packages require', `${one} without ${wants}`,
      'lock again with all dependencies, as `pip freeze`, `uv lock` or `poetry lock` do');
  }
}

/**
 * Installs the same for this computer's Python.
 * @returns path of its interpreter
 */
export function installForHere(uv: Uv, folder: string, requirements: string, venv: string, where: string): string {
  const python = join(venv, 'bin/python');
  const made = uv.run(['venv', '--quiet', '--python', uv.python, venv], folder);
  if (!made.ok) refuse(uv.python, 'Python must make a virtual environment', complaint(made), 'mend or reinstall python3');
  const installed = uv.run([...INSTALL, requirements, '--python', python], folder);
  if (!installed.ok) refuseInstall(installed, `this computer's ${uv.python}, which checks the application`, where, `install Python ${PYTHON} as python3.13, or `);
  return python;
}

/**
 * Ends in a Refusal that says why uv could not install.
 * @param machine for what it was to install
 * @param first what to try before anything else
 */
export function refuseInstall(outcome: Outcome, machine: string, where: string, first = ''): never {
  const text = outcome.stderr.replace(/\s+/g, ' ');
  const [, wheel] = /Because (\S+) has no (?:usable )?wheels/.exec(text) ?? [];
  if (wheel) {
    refuse(where, `every dependency must have a wheel for ${machine}`, `none for ${wheel}`,
      `${first}choose a version that has one, or build its wheel into an index of yours`);
  }
  const [, mismatch, expected, computed] = /Hash mismatch for `(.+?)` Expected: (.+?) Computed: (\S+)/.exec(text) ?? [];
  if (mismatch) {
    refuse(where, `${mismatch} must have the hash that the lock says`, `${computed} instead of ${expected}`,
      'find out who changed it; lock again only if you trust the new file');
  }
  refuse(where, `the locked packages must install for ${machine}`, complaint(outcome),
    'correct the lock, or check the network and the index settings, and try again');
}

/** What uv complained of: the cause when it tells one, else its error. */
export function complaint({ stderr }: Outcome): string {
  const said = /^\s*cause: (.+)$/m.exec(stderr)?.[1] ?? /^error: (.+)$/m.exec(stderr)?.[1] ?? lastLine(stderr);
  return said.replace(/, we can conclude that.*$/, '');
}
