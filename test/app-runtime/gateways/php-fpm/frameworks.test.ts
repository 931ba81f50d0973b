import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { buildRelease } from '../../../../lib/release.js';
import { application, refusal, temporaryFolder } from '../../../lib/application.js';
import { releaseSettings } from '../../settings.js';

const LARAVEL = { 'public/index.php': '<?php\n', artisan: '', 'vendor/laravel/framework/composer.json': '{}' };
const SYMFONY = { 'public/index.php': '<?php\n', 'bin/console': '', 'vendor/symfony/framework-bundle/composer.json': '{}' };
const KEY = { APP_KEY: 'base64:c2hvcA==' };

/** What a release of these files holds, by path, and what its framework is told. */
function released(files: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>> = {}) {
  const said: string[] = [];
  const { archive } = buildRelease({ application: application(files), architecture: 'x86_64', settings: { ...releaseSettings, environment }, cacheDirectory: temporaryFolder(), onProgress: (line) => said.push(line) });
  const tar = (...words: string[]) => execFileSync('tar', [...words, archive], { encoding: 'utf8' });
  const paths = tar('-tzf').split('\n').filter((path) => path.startsWith('app/') && !path.endsWith('/'));
  const told = paths.includes('app/.env') ? execFileSync('tar', ['-xzOf', archive, 'app/.env'], { encoding: 'utf8' }) : '';
  return { paths, told, said };
}

test('Laravel is told to compile in its own /tmp, to keep what visitors make on the data volume, and to log where the journal hears it', () => {
  const { told } = released(LARAVEL, KEY);
  for (const name of ['CONFIG', 'EVENTS', 'PACKAGES', 'ROUTES', 'SERVICES']) expect(told).toContain(`APP_${name}_CACHE="/tmp/${name.toLowerCase()}.php"\n`);
  expect(told).toContain('VIEW_COMPILED_PATH="/tmp/views"\nLARAVEL_STORAGE_PATH="${DATA_DIR}/storage"\nLOG_CHANNEL="stderr"\n');
});

test('Laravel that has no key is refused with the way to one', () => {
  expect(refusal(() => released(LARAVEL))).toMatch(/shop: Laravel must find APP_KEY in its environment, got none; keep what `php artisan key:generate --show` says in Parameter Store, and name it among the secrets of the settings page$/);
});

test('Laravel finds the database that the settings name, and keeps its own file of SQLite on the data volume where they name none', () => {
  const databaseOf = (environment: Readonly<Record<string, string>>) => released(LARAVEL, { ...KEY, ...environment }).told.match(/^DB_.*$/gm);
  expect(databaseOf({})).toEqual(['DB_DATABASE="${DATA_DIR}/database.sqlite"']);
  expect(databaseOf({ DATABASE_URL: 'postgres://shop:secret@db.example.com/shop' })).toEqual(['DB_CONNECTION="pgsql"', 'DB_URL="${DATABASE_URL}"']);
  expect(databaseOf({ DB_CONNECTION: 'mysql', DB_HOST: 'db.example.com' })).toBeNull();
});

test('what Laravel compiled on its author\'s computer, where packages of development are, is no part of a release, nor what was kept there', () => {
  const left = { 'bootstrap/cache/packages.php': '', 'bootstrap/cache/config.php': 'secret', 'storage/framework/sessions/ada': '', 'storage/logs/laravel.log': '', 'database/database.sqlite': '', 'public/hot': '' };
  const { paths } = released({ ...LARAVEL, ...left, 'bootstrap/app.php': '', 'storage/app/prices.json': '' }, KEY);
  for (const path of Object.keys(left)) expect(paths).not.toContain(`app/${path}`);
  expect(paths).toEqual(expect.arrayContaining(['app/bootstrap/app.php', 'app/storage/app/prices.json']));
});

test('Symfony is told that visitors come, and to compile in its own /tmp', () => {
  const { told, paths } = released({ ...SYMFONY, 'var/cache/dev/App_KernelDevDebugContainer.php': '', 'var/log/dev.log': '' });
  expect(told).toBe('APP_ENV="prod"\nAPP_SECRET="${SECRET_KEY}"\nAPP_CACHE_DIR="/tmp/cache"\nAPP_LOG_DIR="${DATA_DIR}/log"\nDEFAULT_URI="http://localhost"\n');
  expect(paths.filter((path) => path.startsWith('app/var/'))).toEqual([]);
});

test('what Symfony\'s own .env lists and the settings page lacks is named while the release is built, without its value', () => {
  const own = { '.env': '# as the recipe has it\nAPP_ENV=dev\nAPP_SECRET=\nMAILER_DSN=smtp://ada:secret@localhost\n# OLD_DSN=none\nPRICES_URL=http://localhost\n' };
  const lacking = (environment: Readonly<Record<string, string>>) => released({ ...SYMFONY, ...own }, environment).said.filter((line) => line.includes('.env'));
  expect(lacking({ PRICES_URL: 'https://prices.example.com' })).toEqual(['shop: your .env stays on this computer, and the settings page lacks what it lists: MAILER_DSN']);
  expect(lacking({ PRICES_URL: '', MAILER_DSN: '' })).toEqual([]);
});

test('the .env of the author\'s computer is left there, whatever the application is built on', () => {
  const own = { '.env': 'STRIPE_KEY=sk_live\n' };
  for (const files of [LARAVEL, SYMFONY]) expect(released({ ...files, ...own }, KEY).told).not.toContain('STRIPE_KEY');
  expect(released({ 'public/index.php': '<?php\n', ...own }).paths).toEqual(['app/public/index.php']);
});
