/** Bundle: the gems of an application's lock, brought by the release. The machine's Ruby is Debian's, and this computer's may be another. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayBuild } from '../../gateway/builder.js';
import { refuse } from '../../refusal.js';

/** The version by which Debian 13's Ruby looks for gems. */
const MACHINE_RUBY = '3.3.0';
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** What a compiler made for Linux or macOS, by the folder of its gem. */
const LIBRARY = /^(?:bundler\/)?gems\/([^/]+)\/.*\.(?:so|bundle)$/;
/** Servers, with what they are made of: a machine has Debian's, which the application has no need to bring. */
const SERVERS = ['puma', 'nio4r', 'unicorn', 'kgio', 'raindrops'];

/**
 * Installs the locked gems into the release.
 * @throws Refusal when they cannot be installed, or one of them is not Ruby alone
 */
export function bundle({ trial, release, where, scratch, say }: GatewayBuild): void {
  say('fetching gems');
  const folder = join(release, 'bundle');
  const cached = existsSync(join(trial, 'vendor/cache'));
  install(['install', '--quiet', ...(cached ? ['--local'] : [])], trial, where, {
    BUNDLE_PATH: folder, BUNDLE_DEPLOYMENT: 'true', BUNDLE_WITHOUT: 'development:test', BUNDLE_VERSION: 'system', BUNDLE_APP_CONFIG: join(scratch, 'bundle-config'), BUNDLE_GEMFILE: join(trial, 'Gemfile'),
    BUNDLE_SILENCE_ROOT_WARNING: 'true',
  });
  const rubies = join(folder, 'ruby');
  const [found] = existsSync(rubies) ? readdirSync(rubies) : [];
  if (found === undefined) return;
  const gems = join(rubies, found);
  refuseCompiled(gems, where);
  for (const name of ['cache', 'doc', 'build_info', 'extensions', 'plugins']) rmSync(join(gems, name), { recursive: true, force: true });
  if (found !== MACHINE_RUBY) renameSync(gems, join(rubies, MACHINE_RUBY));
}

function install(words: readonly string[], folder: string, where: string, environment: Readonly<Record<string, string>>): void {
  const { status, stdout, stderr, error } = spawnSync('bundle', words, {
    cwd: folder, encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment },
  });
  if (error) refuse('bundle', 'this computer must have Bundler, to fetch the gems of what is deployed', error.message, 'install ruby and bundler');
  if (status === 0) return;
  // Bundler breaks its lines, for a terminal.
  const said = `${stderr} ${stdout}`.trim().replace(/\s+/g, ' ');
  if (/No space left on device/.test(said)) throw new Error('No space left on device');
  const uncompiled = /native extension/.test(said) ? /An error occurred while installing (\S+) \((\S+)\)/.exec(said) : null;
  if (uncompiled) refuseGem(`${uncompiled[1]} ${uncompiled[2]}`, where);
  if (/only supports platforms/.test(said)) refuse(`${where}/Gemfile.lock`, 'the lock must be for any computer that runs Ruby', 'one for others than Linux', 'run `bundle lock --add-platform ruby`');
  if (/frozen|deployment mode/.test(said)) refuse(`${where}/Gemfile.lock`, 'the lock must be up to date with the Gemfile', 'another state of it', 'run `bundle lock`');
  refuse(where, 'bundle install must succeed', said.slice(0, 200).replace(/\.$/, '') || `exit code ${status}`, 'run it on this computer and correct it');
}

/** What is compiled here is for this computer's processor and its Ruby. */
function refuseCompiled(gems: string, where: string): void {
  const compiled = readdirSync(gems, { recursive: true, encoding: 'utf8' }).find((path) => LIBRARY.test(path));
  if (compiled !== undefined) refuseGem(LIBRARY.exec(compiled)![1]!.replace(/-(?=\d)/, ' '), where);
}

function refuseGem(gem: string, where: string): never {
  const server = SERVERS.includes(gem.split(' ')[0]!);
  refuse(`${where}/Gemfile.lock`, 'every gem must be Ruby alone', `${gem}, which is compiled for the computer that installs it`,
    server ? 'move the server to the group `development` of the Gemfile: machines have Debian\'s own, and need none from there' : 'choose one that is not, or move it to the group `development` or `test`');
}
