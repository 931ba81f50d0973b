import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { buildRelease } from '../../lib/release.js';
import { writeArchive } from '../../lib/release/archive.js';
import { compressStatic } from '../../lib/release/compress.js';
import { copySource, readSource } from '../../lib/release/source.js';
import { releaseSettings } from '../app-runtime/settings.js';
import { application, HELLO, refusal, temporaryFolder } from './application.js';

const refused = (folder: string, cacheDirectory = temporaryFolder()) =>
  refusal(() => buildRelease({ application: folder, architecture: 'x86_64', settings: releaseSettings, cacheDirectory, onProgress: () => {} }), folder);

test('an application folder that does not exist is refused', () => {
  expect(refused(join(temporaryFolder(), 'shop'))).toBe('shop: the application must be a folder, got nothing there; name the folder that holds the application');
});

test('a file in place of an application folder is refused', () => {
  expect(refused(join(application({ 'app.py': '' }), 'app.py'))).toMatch(/: the application must be a folder, got a file; name the folder that holds the application$/);
});

test('an empty folder is refused, and so is one that holds only what a release leaves out', () => {
  const line = 'shop: the application must hold files, got an empty folder; name the folder that holds the application';
  expect(refused(application({}))).toBe(line);
  expect(refused(application({ '.git/HEAD': '', '.venv/x': '', '.env': '', 'db.sqlite3': '' }))).toBe(line);
});

test('a link that leaves the folder is refused, a link inside is kept', () => {
  const folder = application({ 'docs/readme.txt': 'x' });
  symlinkSync(join(folder, 'docs/readme.txt'), join(folder, 'README'));
  expect(readSource(folder, 'shop').entries).toContainEqual({ path: 'README', executable: false, link: 'docs/readme.txt' });
  symlinkSync('/etc/passwd', join(folder, 'passwords'));
  expect(refused(folder)).toBe('shop/passwords: a symbolic link must lead to something inside the application, got /etc/passwd; copy what it points to into the folder, or remove the link');
});

test('a folder without anything to serve is refused', () => {
  expect(refused(application({ 'notes.txt': 'x' }))).toMatch(/must hold an application that a gateway serves, got nothing of that kind: /);
  expect(refused(application({ 'requirements.txt': '' }))).toMatch(/must be a Django project or hold a WSGI callable, got no Procfile, no manage\.py, and no `application` or `app` in wsgi\.py, asgi\.py, app\.py, main\.py, application\.py, app\/main\.py; say which in a Procfile/);
});

test('an application without a lock is refused', () => {
  expect(refused(application({ 'wsgi.py': HELLO }))).toMatch(/dependencies must be locked, got none of requirements\.txt, uv\.lock, poetry\.lock; add a requirements\.txt/);
  expect(refused(application({ 'wsgi.py': HELLO, 'pyproject.toml': '' }))).toMatch(/got pyproject\.toml without a lock; run `uv lock` or `poetry lock`$/);
});

test('an application with two locks is refused', () => {
  expect(refused(application({ 'wsgi.py': HELLO, 'requirements.txt': '', 'uv.lock': '' }))).toMatch(/must be locked in one file, got requirements\.txt and uv\.lock; remove the one/);
});

test('a full disk is one line, and leaves nothing behind', () => {
  const cache = temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', cache]);
  onTestFinished(() => void execFileSync('umount', [cache]));
  const folder = application({ 'wsgi.py': HELLO, 'requirements.txt': '', 'large.bin': 'x'.repeat(512 * 1024) });
  expect(refused(folder, cache)).toBe(`${cache}: the cache must be writable and have room for a release, got no space left on device; make room or allow it, or set XDG_CACHE_HOME to another disk`);
  expect(execFileSync('find', [cache, '-type', 'f'], { encoding: 'utf8' })).toBe('');
});

test('a computer without Python is told to install it', () => {
  const path = process.env['PATH'];
  onTestFinished(() => void (process.env['PATH'] = path));
  process.env['PATH'] = temporaryFolder();
  expect(refused(application({ 'wsgi.py': HELLO, 'requirements.txt': '' }))).toBe(
    'python3: this computer must have Python 3.9 or newer, to check and collect what is deployed, got none on the PATH; install python3 and its venv module');
});

test('equal folders give equal archives, whatever their times, modes and places', () => {
  const archives = [0o600, 0o666].map((mode) => {
    const folder = application({ 'b.txt': 'b', 'a/c.txt': 'c', 'run.sh': '' });
    chmodSync(join(folder, 'b.txt'), mode);
    chmodSync(join(folder, 'run.sh'), 0o6775);
    return { folder, file: join(folder, '../archive.tar.gz') };
  });
  const digests = archives.map(({ folder, file }) => writeArchive(folder, file));
  expect(digests[0]).toBe(digests[1]);
  expect(readFileSync(archives[0]!.file)).toEqual(readFileSync(archives[1]!.file));
  expect(execFileSync('tar', ['tvzf', archives[0]!.file, '--full-time'], { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } }).trim().split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
    'drwxr-xr-x 0/0 0 1970-01-01 00:00:00 a/', '-rw-r--r-- 0/0 1 1976-03-06 19:33:20 a/c.txt',
    '-rw-r--r-- 0/0 1 1978-04-05 14:39:01 b.txt', '-rwxr-xr-x 0/0 0 2000-04-06 06:39:12 run.sh',
  ]);
});

test('a file of an archive can be left to its owner', () => {
  const folder = application({ 'release.json': '{}', 'app/run.sh': '' });
  const file = join(folder, '../archive.tar.gz');
  writeArchive(folder, file, { closed: ['release.json'] });
  expect(execFileSync('tar', ['tvzf', file], { encoding: 'utf8' }).trim().split('\n').map((line) => line.slice(0, 10))).toEqual(['drwxr-xr-x', '-rw-r--r--', '-rw-------']);
});

test('a release leaves out history, environments, byte code, local databases and secrets', () => {
  const kept = ['app.py', 'data/prices.csv', '.gitignore', 'environment/x.py'];
  const left = ['.git/HEAD', 'node_modules/x/y.js', '__pycache__/a.pyc', 'b.pyc', '.venv/c', 'venv/d', 'db.sqlite3', '.env', 'deep/er/.env'];
  const folder = application(Object.fromEntries([...kept, ...left].map((path) => [path, 'x'])));
  expect(readSource(folder, 'shop').entries.map(({ path }) => path)).toEqual([...kept].sort());
  const copy = join(temporaryFolder(), 'copy');
  copySource(readSource(folder, 'shop'), copy);
  expect(existsSync(join(copy, '.env'))).toBe(false);
});

test('static text is compressed when that saves a tenth, what is compressed already never is', () => {
  const folder = temporaryFolder();
  const text = 'body { color: rebeccapurple }\n'.repeat(100);
  const noise = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 7919 + ((index * index) >> 3)) & 0xff));
  for (const [name, content] of Object.entries({ 'a.css': text, 'small.css': 'x', 'photo.png': text, 'noise.ico': execFileSync('head', ['-c', '4096', '/dev/urandom']), 'own.js': text, 'own.js.gz': noise })) {
    writeFileSync(join(folder, name), content);
  }
  mkdirSync(join(folder, 'memory'));
  compressStatic(folder, join(folder, 'memory'));
  expect(gunzipSync(readFileSync(join(folder, 'a.css.gz'))).toString()).toBe(text);
  expect(brotliDecompressSync(readFileSync(join(folder, 'a.css.br'))).toString()).toBe(text);
  expect(readFileSync(join(folder, 'own.js.gz'))).toEqual(noise);
  for (const name of ['small.css', 'photo.png', 'noise.ico']) expect(existsSync(join(folder, `${name}.gz`)) || existsSync(join(folder, `${name}.br`)), name).toBe(false);
});
