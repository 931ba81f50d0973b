import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { buildRelease } from '../../../../lib/release.js';
import { releaseSettings } from '../../settings.js';
import { application, refusal, temporaryFolder } from '../../../lib/application.js';

const SINATRA = join(import.meta.dirname, '../../../../examples/sinatra');
const build = (folder: string) => buildRelease({ application: folder, architecture: 'x86_64', settings: releaseSettings, cacheDirectory: temporaryFolder(), onProgress: () => {} });

/** A gem of the given files, in an application's vendor/cache. */
function vendor(folder: string, name: string, files: Readonly<Record<string, string>>): void {
  const source = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(source, path)), { recursive: true });
    writeFileSync(join(source, path), content);
  }
  writeFileSync(join(source, `${name}.gemspec`), `Gem::Specification.new { |s| s.name = "${name}"; s.version = "1.2.3"; s.summary = "${name}"; s.authors = ["shop"]; s.files = Dir["**/*.*"] }\n`);
  mkdirSync(join(folder, 'vendor/cache'), { recursive: true });
  execFileSync('gem', ['build', '--quiet', `${name}.gemspec`, '--output', join(folder, `vendor/cache/${name}-1.2.3.gem`)], { cwd: source, stdio: 'ignore' });
}

/** An application that is locked to such gems. */
function locked(gems: Readonly<Record<string, Readonly<Record<string, string>>>>, gemfile = Object.keys(gems)): string {
  const names = Object.keys(gems).sort();
  const folder = application({
    'config.ru': 'run Shop\n', Gemfile: ['source "https://rubygems.org"', ...gemfile.map((name) => `gem "${name}"`), ''].join('\n'),
    'Gemfile.lock': ['GEM', '  remote: https://rubygems.org/', '  specs:', ...names.map((name) => `    ${name} (1.2.3)`), '', 'PLATFORMS', '  ruby', '', 'DEPENDENCIES', ...names.map((name) => `  ${name}`), ''].join('\n'),
  });
  for (const [name, files] of Object.entries(gems)) vendor(folder, name, files);
  return folder;
}

test('an application without a Gemfile needs nothing of this computer, and the static folders of public/ are the proxy\'s', () => {
  expect(build(SINATRA).manifest).toMatchObject({ gateway: { name: 'puma', serves: 'config.ru' }, static: [{ url: '/assets/', directory: 'app/public/assets' }] });
});

test('the locked gems are in the release, where the machine\'s Ruby looks for them', () => {
  const target = temporaryFolder();
  execFileSync('tar', ['-xf', build(locked({ greeter: { 'lib/greeter.rb': 'GREETING = "hello"\n' } })).archive, '-C', target]);
  expect(readFileSync(join(target, 'bundle/ruby/3.3.0/gems/greeter-1.2.3/lib/greeter.rb'), 'utf8')).toBe('GREETING = "hello"\n');
  expect(existsSync(join(target, 'bundle/ruby/3.3.0/specifications/greeter-1.2.3.gemspec'))).toBe(true);
});

test('a Gemfile without a lock is refused with the command that makes it', () => {
  expect(refusal(() => build(application({ 'config.ru': '', Gemfile: '' })))).toMatch(/shop: gems must be locked in Gemfile\.lock, got none; run `bundle lock`$/);
});

test('a lock that is behind its Gemfile is refused', () => {
  expect(refusal(() => build(locked({ greeter: {} }, ['greeter', 'other'])))).toMatch(/shop\/Gemfile\.lock: the lock must be up to date with the Gemfile, got another state of it; run `bundle lock`$/);
});

test('a gem that is not Ruby alone is refused with its name; a server is Debian\'s to bring', () => {
  expect(refusal(() => build(locked({ greeter: { 'lib/greeter.so': '' } })))).toMatch(/shop\/Gemfile\.lock: every gem must be Ruby alone, got greeter 1\.2\.3, which is compiled for the computer that installs it; choose one that is not, /);
  expect(refusal(() => build(locked({ puma: { 'lib/puma_http11.so': '' } })))).toMatch(/got puma 1\.2\.3, which is .*; move the server to the group `development` of the Gemfile: /);
});
