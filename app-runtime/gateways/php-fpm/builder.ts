/** Build: a PHP application with a front controller, what Composer locked for it, and where its classes are. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { ApplicationFolder, Built, GatewayBuild, GatewayBuilder, Recognition } from '../../gateway/builder.js';
import { staticFolders } from '../../gateway/static.js';
import { refuse } from '../../refusal.js';
import { suitFramework } from './frameworks.js';

/** Scripts that answer every request, as frameworks have them. */
const SCRIPTS = ['public/index.php', 'web/index.php', 'index.php'] as const;
/** What PHP runs, and includes by the name that old applications give it. */
const RUN = /\.(php\d*|phtml|phar|inc)$/i;
const LOCK = 'composer.lock';
const QUIETLY = ['--no-dev', '--no-interaction', '--no-scripts', '--classmap-authoritative', '--ignore-platform-reqs'];
const INSTALL = ['install', '--no-progress', '--prefer-dist', ...QUIETLY];
/** Fetches nothing, and so takes no lock: `install` would choose the packages of development anew. */
const LIST = ['dump-autoload', ...QUIETLY];
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export const builder: GatewayBuilder = { example: 'php', looksFor: 'a public/index.php', launches: (command) => /^(exec\s+)?(vendor\/bin\/heroku-php-\w+|php-fpm)\b/.test(command), sign, recognise, build };

function sign(folder: string): string | undefined {
  return SCRIPTS.find((script) => existsSync(join(folder, script)));
}

function recognise({ path, where }: ApplicationFolder): Recognition {
  const script = sign(path);
  if (script === undefined) return refuse(where, 'must hold a front controller', `none of ${SCRIPTS.join(', ')}`, 'add a public/index.php that answers every request');
  return { serves: script, recognised: `PHP, by its front controller ${script}` };
}

function build(order: GatewayBuild): Built {
  const { source, where, release, recognition: { serves }, say } = order;
  const { packages, classes } = neededBy(source, where);
  if (packages && !existsSync(join(source, LOCK))) refuse(where, `dependencies must be locked in ${LOCK}`, 'none', 'run `composer update`');
  if (packages || classes) {
    say(packages ? 'fetching packages for PHP' : 'listing classes for PHP');
    composer(order);
  }
  suitFramework(order);
  return { static: statics(release, serves, say) };
}

/** Folders beside the front controller, without anything to run: as a file, a script would show its source to whoever asks. */
function statics(release: string, serves: string, say: GatewayBuild['say']): Built['static'] {
  const application = join(release, 'app');
  const site = dirname(serves);
  // Beside a front controller at the root lie the application's own folders: only those that are known by their names hold what anybody may have.
  return staticFolders(application, site === '.' ? undefined : site).filter(({ directory }) => {
    const script = scriptIn(join(release, directory));
    if (script !== undefined) say(`serving nothing of ${relative('app', directory)}/ as files, because PHP runs ${relative(application, script)}`);
    return script === undefined;
  });
}

/** The first thing to run in a folder, or in what its links lead to: a proxy follows them. */
function scriptIn(folder: string, seen = new Set<string>()): string | undefined {
  const real = realpathSync(folder);
  if (seen.has(real)) return undefined;
  seen.add(real);
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    // A link may lead to what a release leaves out.
    if (!existsSync(path)) continue;
    const script = statSync(path).isDirectory() ? scriptIn(path, seen) : [path, realpathSync(path)].find((file) => RUN.test(file)) && path;
    if (script !== undefined) return script;
  }
  return undefined;
}

/** Whether composer.json asks for more than PHP itself and its extensions, and whether it says where classes are. */
function neededBy(source: string, where: string): { readonly packages: boolean; readonly classes: boolean } {
  const file = join(source, 'composer.json');
  if (!existsSync(file)) return { packages: false, classes: false };
  try {
    const { require = {}, autoload } = JSON.parse(readFileSync(file, 'utf8')) as { readonly require?: Readonly<Record<string, string>>; readonly autoload?: unknown };
    return { packages: Object.keys(require).some((name) => name.includes('/')), classes: autoload !== undefined };
  } catch (error) {
    return refuse(`${where}/composer.json`, 'must be JSON', (error as Error).message, 'correct it');
  }
}

function composer({ source, release, where, cache, scratch }: GatewayBuild): void {
  const locked = existsSync(join(source, LOCK));
  const words = locked ? INSTALL : LIST;
  // Who builds as root, as in a container, has the plugins that composer.json allows, too: Symfony's Runtime is one.
  const environment = { COMPOSER_ALLOW_SUPERUSER: '1', COMPOSER_CACHE_DIR: join(cache.directory, 'composer'), ...(!locked && { COMPOSER_HOME: homeIn(scratch) }) };
  const { status, stderr, error } = spawnSync('composer', words, { cwd: join(release, 'app'), env: { ...process.env, ...environment }, encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES, stdio: ['ignore', 'ignore', 'pipe'] });
  if (error) refuse('composer', 'this computer must have Composer, to build what is deployed', error.message, 'install composer, which brings PHP');
  if (status === 0) return;
  if (/No space left on device/.test(stderr)) throw new Error('No space left on device');
  if (/lock file is not up to date/.test(stderr)) refuse(`${where}/${LOCK}`, 'the lock must be up to date with composer.json', 'another state of it', 'run `composer update --lock`');
  const lines = stderr.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  refuse(where, `composer ${words[0]} must succeed`, lines.at(-1) ?? `exit code ${status}`, 'run it on this computer and correct it');
}

/** Composer names its loader by the lock, and by chance without one: the same application would be another release each time. */
function homeIn(scratch: string): string {
  writeFileSync(join(scratch, 'config.json'), JSON.stringify({ config: { 'autoloader-suffix': 'Application' } }));
  return scratch;
}
