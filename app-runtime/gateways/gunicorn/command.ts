/**
 * Command: what a Procfile's web line says of Gunicorn. Paddock takes from it what is the author's to say, the callable and the folder, and
 * tells which flags it computes itself.
 */
import { refuse } from '../../refusal.js';
import { serves } from './serves.js';

export interface GunicornCommand {
  /** `package.module:attribute`, or a call of a factory there; completed as Gunicorn completes it. */
  readonly callable: string;
  /** Folder inside the application that Gunicorn changes to. @default - the application's folder */
  readonly chdir?: string;
  /** Flags that have no effect here, without their values. */
  readonly ignored: readonly string[];
}

// Ways to say `gunicorn` that change nothing about what it runs.
const LAUNCHER = /^(exec\s+)?((uv|poetry|pipenv)\s+run\s+)?(python3?\s+-m\s+)?gunicorn(?=\s|$)/;
const SHELL = /[;&|<>`]|\$\(/;
const QUOTED = /"([^"]*)"|'([^']*)'/g;
// From `gunicorn --help` of 27.0.1: the flags that take no value, so that the word after them is the callable.
const SWITCHES = new Set(['-h', '-v', '-D', '-R', '--help', '--version', '--reload', '--spew', '--check-config', '--print-config',
  '--preload', '--no-sendfile', '--reuse-port', '--daemon', '--initgroups', '--disable-redirect-access-to-syslog',
  '--capture-output', '--log-syslog', '--enable-stdio-inheritance', '--enable-backlog-metric', '--suppress-ragged-eofs',
  '--do-handshake-on-connect', '--permit-obsolete-folding', '--strip-header-spaces', '--permit-unconventional-http-method',
  '--permit-unconventional-http-version', '--casefold-http-method', '--no-control-socket', '--proxy-protocol']);

/** Whether a command of Gunicorn's asks for workers that speak ASGI. */
export const isAsynchronous = (command: string): boolean => /\s(-k|--worker-class)[\s=]*\S*(asgi|uvicorn)/i.test(command);

/** Whether a command is Gunicorn's. */
export const launches = (command: string): boolean => LAUNCHER.test(command);

/**
 * Reads the web line of a Procfile.
 * @throws Refusal when it is not one plain Gunicorn command with a callable
 */
export function parseCommand(line: string, where: string): GunicornCommand {
  const launcher = LAUNCHER.exec(line);
  if (!launcher || SHELL.test(line.replace(QUOTED, ''))) {
    refuse(where, 'the web line must be one plain gunicorn command', line,
      'write `web: gunicorn package.module:callable`, and put what runs before it on the `release:` line');
  }
  const { positional, options } = readArguments(words(line.slice(launcher[0].length)));
  const [target, extra] = positional;
  if (target === undefined || extra !== undefined) {
    refuse(where, 'the web line must name one WSGI callable', target === undefined ? line : positional.join(' '),
      'write `web: gunicorn package.module:callable`');
  }
  const chdir = options.get('--chdir');
  return {
    callable: parseCallable(target, where),
    ...(chdir !== undefined && chdir !== '.' && { chdir: parseChdir(chdir, where) }),
    ignored: [...options.keys()].filter((flag) => flag !== '--chdir'),
  };
}

/** Splits as a shell does, without expanding anything. */
function words(text: string): string[] {
  return [...text.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(QUOTED, '$1$2'));
}

function readArguments(args: string[]): { positional: string[]; options: Map<string, string> } {
  const positional: string[] = [];
  const options = new Map<string, string>();
  for (let word = args.shift(); word !== undefined; word = args.shift()) {
    const flag = /^(--[a-z0-9-]+|-[A-Za-z])=?(.*)$/s.exec(word);
    if (!flag) positional.push(word);
    else options.set(flag[1]!, flag[2] || (SWITCHES.has(flag[1]!) ? '' : args.shift() ?? ''));
  }
  return { positional, options };
}

function parseCallable(target: string, where: string): string {
  const callable = target.includes(':') ? target : `${target}:application`;
  if (!serves.pattern.test(callable)) refuse(where, 'the WSGI callable must be package.module:attribute', target, 'write `web: gunicorn package.module:callable`');
  return callable;
}

function parseChdir(folder: string, where: string): string {
  const parts = folder.split('/').filter((part) => part !== '' && part !== '.');
  if (folder.startsWith('/') || parts.length === 0 || !parts.every((part) => /^[\w-][\w.-]*$/.test(part))) {
    refuse(where, '--chdir must be a folder inside the application', folder, 'write it relative to the Procfile');
  }
  return parts.join('/');
}
