/**
 * What an application's folder is: which WSGI callable Gunicorn must load, and why we think so. Reads files,
 * runs nothing; the build imports the callable afterwards and has the last word.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplicationFolder, Recognition } from '../../gateway/builder.js';
import { refuse } from '../../refusal.js';
import { parseCommand } from './command.js';
import type { Interface } from './dependencies.js';

const CHOOSE = 'say which in a Procfile: `web: gunicorn package.module:callable`';
// The last is where FastAPI's documentation puts it.
const MODULES = ['wsgi', 'asgi', 'app', 'main', 'application', 'app.main'];
const FILES = MODULES.map(fileOf);
const NAMES = ['application', 'app'];
const ASYNCHRONOUS = /^\s*(from|import)\s+(fastapi|starlette|quart|litestar|blacksheep)\b|^async\s+def\s+(app|application)\b/m;

/** Files by which a folder is Python's, whatever it serves. */
const PYTHON = ['manage.py', ...FILES, 'requirements.txt', 'pyproject.toml'];

export const sign = (folder: string): string | undefined => (asynchronous(folder) ? undefined : PYTHON.find((name) => existsSync(join(folder, name))));

/** Module that holds an ASGI application, by its framework or its first line. @returns undefined for a Django project, which has both and is served by WSGI */
export function asynchronous(folder: string): string | undefined {
  if (existsSync(join(folder, 'manage.py'))) return undefined;
  return FILES.find((name) => ASYNCHRONOUS.test(read(folder, name) ?? ''));
}

/** Recognises the application in a folder: its Procfile wins, then Django's manage.py, then a callable in one of a few modules. */
export function recognise({ path, where, web }: ApplicationFolder, speaks: Interface = 'wsgi'): Recognition {
  if (web === undefined) return django(path, speaks) ?? plain(path, where);
  const { callable, chdir, ignored } = parseCommand(web, `${where}/Procfile`);
  return {
    serves: callable, ...(chdir !== undefined && { chdir }), recognised: `Gunicorn serving ${callable}, by the Procfile's web line`,
    ...(ignored.length > 0 && { warnings: [`Procfile: ${ignored.join(' ')} ignored; Paddock computes them from the machine and the request budget`] }),
  };
}

function django(folder: string, speaks: Interface): Recognition | undefined {
  const settings = /DJANGO_SETTINGS_MODULE['"]\s*[,\]]\s*=?\s*['"]([\w.]+)['"]/.exec(read(folder, 'manage.py') ?? '')?.[1];
  if (settings === undefined) return undefined;
  const source = read(folder, fileOf(settings)) ?? read(folder, `${settings.replaceAll('.', '/')}/__init__.py`);
  const setting = `${speaks.toUpperCase()}_APPLICATION`;
  const declared = new RegExp(`^${setting}\\s*=\\s*['"]([\\w.]+)\\.(\\w+)['"]`, 'm').exec(source ?? '');
  const callable = declared ? `${declared[1]}:${declared[2]}` : `${settings.split('.')[0]}.${speaks}:application`;
  return { serves: callable, recognised: `Django, by manage.py and ${declared ? `${setting} in ${settings}` : `the project's ${settings}`}` };
}

function plain(folder: string, where: string): Recognition {
  const found = MODULES.flatMap((module) => callables(folder, module));
  const [first, second] = found.filter((one) => !found.some((other) => other !== one && introduces(folder, other, one)));
  if (!first) return refuse(where, 'must be a Django project or hold a WSGI callable', ...nothing(folder));
  if (second) return refuse(where, 'must hold one WSGI callable', `${first.callable} and ${second.callable}`, CHOOSE);
  return { serves: first.callable, recognised: `${first.kind}, by \`${first.name}\` in ${fileOf(first.module)}` };
}

interface Candidate {
  readonly module: string;
  readonly name: string;
  readonly callable: string;
  readonly kind: string;
}

/** The names in a module that may be its WSGI callable. */
function callables(folder: string, module: string): Candidate[] {
  const source = read(folder, fileOf(module)) ?? '';
  const kind = /^\s*(from|import)\s+flask\b/m.test(source) ? 'Flask' : 'a WSGI callable';
  // `application = app` is one callable with two names.
  const alias = /^(application|app)\s*=\s*(application|app)\s*(#.*)?$/m.exec(source)?.[1];
  const bound = boundNames(source);
  return (alias ? [alias] : NAMES.filter((name) => bound.has(name))).map((name) => ({ module, name, callable: `${module}:${name}`, kind }));
}

/** Names that a module's top level assigns, defines or imports. */
function boundNames(source: string): Set<string> {
  const assigned = [...source.matchAll(/^(?:(\w+)\s*(?::[^=\n]+)?=(?!=)|(?:(?:async\s+)?def|class)\s+(\w+))/gm)].map(([, variable, definition]) => variable ?? definition!);
  const imported = [...source.matchAll(/^from\s+\S+\s+import\s+(?:\(([^)]*)\)|(.+))/gm)].flatMap(([, many, line]) => (many ?? line!).split(','));
  return new Set([...assigned, ...imported.map((one) => one.replace(/#.*$/, '').trim().split(/\s+/).at(-1)!)]);
}

/** Whether one module imports its callable from the other: then it is the way in, and the other is not an answer of its own. */
function introduces(folder: string, one: Candidate, other: Candidate): boolean {
  return one.module !== other.module
    && new RegExp(`^\\s*(from\\s+\\.?${other.module}\\s+import|import\\s+${other.module})\\b`, 'm').test(read(folder, fileOf(one.module)) ?? '');
}

/** What was found instead, and what to do. */
function nothing(folder: string): [got: string, todo: string] {
  const factory = MODULES.find((module) => /^def create_app\b/m.test(read(folder, fileOf(module)) ?? ''));
  if (factory) return [`only a factory, create_app in ${fileOf(factory)}`, `say in a Procfile: \`web: gunicorn '${factory}:create_app()'\``];
  return [`no Procfile, no manage.py, and no \`application\` or \`app\` in ${FILES.join(', ')}`, `${CHOOSE}, or for ASGI \`web: uvicorn package.module:callable\``];
}

function fileOf(module: string): string {
  return `${module.replaceAll('.', '/')}.py`;
}

function read(folder: string, path: string): string | undefined {
  const file = join(folder, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
