/**
 * Probe: the last word on whether an application can serve. Imports its callable, as Gunicorn will, in a copy of its folder
 * with this computer's Python, and collects its static files there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PLACEHOLDER, type Recognition } from '../../gateway/builder.js';
import { refuse } from '../../refusal.js';
import type { Interface, Lock } from './dependencies.js';
import { lastLine } from './uv.js';
import { PYTHON } from './wheels.js';

const SCRIPT = fileURLToPath(new URL('probe.py', import.meta.url));
/** An import that takes longer would also miss the machine's own start-up time. */
const PATIENCE_MS = 120_000;

export interface ProbeOptions {
  readonly python: string;
  /** A copy of the application, which it may write into. */
  readonly application: string;
  readonly recognition: Recognition;
  readonly speaks: Interface;
  /** The file that locks its dependencies, for a refusal. */
  readonly lock: Lock;
  readonly environment: Readonly<Record<string, string>>;
  readonly scratch: string;
  readonly where: string;
}

export interface StaticFiles {
  readonly url: string;
  /** Relative to the application. */
  readonly directory: string;
}

export interface Probed {
  /** Where the static files are. @default - there are none */
  readonly files?: StaticFiles | undefined;
  /** @default - none whose migrations a machine could judge */
  readonly framework?: 'django' | undefined;
}

interface Problem {
  readonly problem: string;
  readonly detail: string;
  /** Where in the application an import failed, as in `shop/wsgi.py:12`. */
  readonly place?: string | null;
  /** Whether it failed for a module that is not installed. */
  readonly missing?: boolean;
  /** The Python that it was imported with, where another one might have taken it. */
  readonly python?: string;
}

type Answer = Problem | { readonly problem?: never; readonly static: StaticFiles | null; readonly framework: 'django' | null };

/**
 * Imports the callable and collects static files.
 * @throws Refusal with the last line of what went wrong, and where in the application it did
 */
export function probe(options: ProbeOptions): Probed {
  const { python, application, recognition: { serves: callable, chdir = '' }, speaks, scratch, where } = options;
  const answer = join(scratch, 'answer.json');
  const cwd = join(application, chdir);
  if (!existsSync(cwd)) refuse(`${where}/Procfile`, '--chdir must be a folder inside the application', chdir, 'correct it');
  const { status, signal, stderr } = spawnSync(python, [SCRIPT, application, callable, answer, speaks], {
    cwd, env: environment(options), encoding: 'utf8', timeout: PATIENCE_MS, stdio: ['ignore', 'ignore', 'pipe'], maxBuffer: 64 * 1024 * 1024,
  });
  if (signal === 'SIGTERM') refuse(where, `${callable} must import within ${PATIENCE_MS / 1000} s`, 'no end of it', 'start slow work in the worker, not at import');
  if (!existsSync(answer)) refuse(where, `${callable} must import`, `exit code ${status}: ${lastLine(stderr)}`, 'run it on this computer and correct it');
  const said = JSON.parse(readFileSync(answer, 'utf8')) as Answer;
  if (said.problem !== undefined) refuseProblem(said, options);
  return { files: said.static ? placed(said.static, application) : undefined, framework: said.framework ?? undefined };
}

/** Only what the application will find on its machine: nothing of the author's environment, and no secret of theirs. */
function environment({ environment: told, scratch }: ProbeOptions): Record<string, string> {
  const data = join(scratch, 'data');
  mkdirSync(data, { recursive: true });
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin', LANG: 'C.UTF-8', HOME: data, TMPDIR: data, PYTHONDONTWRITEBYTECODE: '1', PYTHONHASHSEED: '0',
    SECRET_KEY: PLACEHOLDER, ALLOWED_HOSTS: 'localhost', ...told, DATA_DIR: data,
  };
}

/** The whole folder or what lies outside of it is no static folder: its source would be served. */
function placed({ url, directory }: StaticFiles, application: string): StaticFiles | undefined {
  const path = `/${url.split('/').filter(Boolean).join('/')}/`.replace('//', '/');
  const inside = directory !== '.' && !directory.startsWith('..') && existsSync(join(application, directory));
  return inside && path !== '/' ? { url: path, directory } : undefined;
}

function refuseProblem(said: Problem, { recognition: { serves: callable }, speaks, lock, where }: ProbeOptions): never {
  const choose = 'correct it, or say which in a Procfile: `web: gunicorn package.module:callable`';
  const { detail } = said;
  switch (said.problem) {
    case 'no module': return refuse(where, `the ${speaks.toUpperCase()} callable ${callable} must be there`, `no module ${detail}`, choose);
    case 'no callable': return refuse(where, `the ${speaks.toUpperCase()} callable ${callable} must be there`, detail, choose);
    case 'asgi': return refuse(where, `${callable} must be a WSGI callable`, `an ASGI application (${detail})`, "set gateway to 'gunicorn-asgi' in the settings page");
    case 'wsgi': return refuse(where, `${callable} must be an ASGI application`, `a WSGI callable (${detail})`, "set gateway to 'gunicorn' in the settings page");
    case 'no static root': return refuse(`${where}/${detail}`, 'STATIC_ROOT must say where collectstatic writes', 'none',
      "add the line STATIC_ROOT = BASE_DIR / 'staticfiles'");
    case 'static root outside': return refuse(where, 'STATIC_ROOT must be a folder inside the application', detail,
      "use STATIC_ROOT = BASE_DIR / 'staticfiles'");
    case 'collectstatic': return refuse(where, 'collectstatic must succeed', detail, 'run `python manage.py collectstatic` on this computer and correct it');
    default: return refuse(where, `${callable} must import`, said.place ? `${detail} (${said.place})` : detail, wayOut(said, lock));
  }
}

/** What mends a failed import. */
function wayOut({ missing = false, python = PYTHON }: Problem, lock: Lock): string {
  if (missing) return `${ADD[lock]}, or correct the import`;
  // What only a newer Python has is no fault of the application.
  const older = Number(python.split('.')[1]) < Number(PYTHON.split('.')[1]);
  return older ? `correct it, or install python${PYTHON}: the machine has it, this computer took ${python}` : 'correct it';
}

const ADD: Readonly<Record<Lock, string>> = {
  'requirements.txt': 'add the package that brings it to requirements.txt',
  'uv.lock': 'add the package that brings it to pyproject.toml and run `uv lock`',
  'poetry.lock': 'add the package that brings it to pyproject.toml and run `poetry lock`',
};
