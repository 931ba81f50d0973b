import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildRelease } from '../../../../lib/release.js';
import { application, refusal, temporaryFolder } from '../../../lib/application.js';
import { releaseSettings } from '../../settings.js';

const FRONT = { 'public/index.php': '<?php\n' };
const SITE = { ...FRONT, 'public/assets/site.css': '' };

function built(folder: string) {
  const said: string[] = [];
  const { manifest, archive } = buildRelease({ application: folder, architecture: 'x86_64', settings: releaseSettings, cacheDirectory: temporaryFolder(), onProgress: (line) => said.push(line) });
  return { archive, said, static: manifest.static, urls: manifest.static.map(({ url }) => url) };
}

test.each(['admin/index.php', 'admin/old/INDEX.PHP', 'admin/page.phtml', 'admin/tool.phar', 'admin/db.inc', 'admin/index.php5'])('the source of public/%s is never handed to the proxy, and the build says so', (script) => {
  const { urls, said } = built(application({ ...SITE, 'public/admin/admin.css': '', [`public/${script}`]: '' }));
  expect(urls).toEqual(['/assets/']);
  expect(said).toContain(`shop: serving nothing of public/admin/ as files, because PHP runs public/${script}`);
});

test('a script that a link of a folder leads to is not handed to the proxy either; a link that leads back is no matter', () => {
  const link = (target: string, path: string) => {
    const folder = application({ ...SITE, 'public/pictures/a.svg': '', 'src/shop.php': '' });
    symlinkSync(target, join(folder, path));
    return built(folder).urls;
  };
  expect(link('../../src', 'public/pictures/src')).toEqual(['/assets/']);
  expect(link('../../src/shop.php', 'public/pictures/shop.txt')).toEqual(['/assets/']);
  expect(link('.', 'public/pictures/again')).toEqual(['/assets/', '/pictures/']);
});

test('a static/ with a script in it is the application\'s too', () => {
  expect(built(application({ ...FRONT, 'static/site.css': '', 'static/thumbnail.php': '' })).urls).toEqual([]);
});

test('the folders beside web/index.php are the proxy\'s, as those beside public/index.php are', () => {
  const more = { 'web/assets/site.css': '', 'static/logo.svg': '', 'config/shop.yaml': '' };
  expect(built(application({ 'web/index.php': '', ...more })).static).toEqual([{ url: '/assets/', directory: 'app/web/assets' }, { url: '/static/', directory: 'app/static' }]);
  expect(built(application({ ...SITE, 'web/own/site.css': '' })).static).toEqual([{ url: '/assets/', directory: 'app/public/assets' }]);
});

test('beside an index.php at the root, what is not known to be for visitors is not handed to the proxy', () => {
  const { urls } = built(application({ 'index.php': '', 'static/site.css': '', 'config/shop.yaml': '', 'vendor/shop/README.md': '', 'web/a.css': '' }));
  expect(urls).toEqual(['/static/']);
});

/** What Composer is asked for, and how it would name its loader, when it builds an application of that composer.json. */
function asked(composer: object, more: Readonly<Record<string, string>> = {}): string {
  const tools = temporaryFolder();
  writeFileSync(join(tools, 'composer'), '#!/bin/sh\necho "$1${COMPOSER_ALLOW_SUPERUSER:+ with plugins}" > asked.txt\n[ ! -f "$COMPOSER_HOME/config.json" ] || cat "$COMPOSER_HOME/config.json" >> asked.txt\n', { mode: 0o755 });
  const before = process.env['PATH'];
  onTestFinished(() => void (process.env['PATH'] = before));
  process.env['PATH'] = `${tools}${delimiter}${before}`;
  const { archive } = built(application({ ...FRONT, 'asked.txt': 'nothing', 'composer.json': JSON.stringify(composer), ...more }));
  return execFileSync('tar', ['-xzOf', archive, 'app/asked.txt'], { encoding: 'utf8' });
}

const AUTOLOAD = { 'psr-4': { 'Shop\\': 'src/' } };

test('an application that has classes of its own and no packages needs no lock to have them found, by a loader that has the same name in each build', () => {
  expect(asked({ autoload: AUTOLOAD, require: { php: '>=8.2' }, 'require-dev': { 'phpunit/phpunit': '*' } })).toBe('dump-autoload with plugins\n{"config":{"autoloader-suffix":"Application"}}');
});

test('what a lock says is installed, with the plugins that are allowed even where root builds, and packages without one are refused', () => {
  const packages = { require: { 'monolog/monolog': '^3' } };
  for (const composer of [{ autoload: AUTOLOAD }, packages]) expect(asked(composer, { 'composer.lock': '{}' })).toMatch(/^install with plugins\n/);
  expect(refusal(() => asked({ autoload: AUTOLOAD, ...packages }))).toMatch(/shop: dependencies must be locked in composer\.lock, got none; run `composer update`$/);
});

test('an application of neither needs no Composer', () => {
  expect(asked({ name: 'shop/shop', require: { php: '>=8.2', 'ext-intl': '*' } })).toBe('nothing');
});
