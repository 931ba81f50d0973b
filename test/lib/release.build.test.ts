import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { Uv } from '../../app-runtime/gateways/gunicorn/uv.js';
import { buildRelease, type ReleaseOptions } from '../../lib/release.js';
import { Cache } from '../../lib/release/cache.js';
import { releaseSettings } from '../app-runtime/settings.js';
import { application, HELLO, refusal, temporaryFolder } from './application.js';

// Real wheels from a real index, once: every test but those that say otherwise shares this cache.
const cacheDirectory = mkdtempSync(join(tmpdir(), 'paddock-test-cache-'));
afterAll(() => rmSync(cacheDirectory, { recursive: true, force: true }));

const build = (folder: string, more: Partial<ReleaseOptions> = {}) =>
  buildRelease({ application: folder, architecture: 'x86_64', settings: releaseSettings, cacheDirectory, onProgress: () => {}, ...more });
const refused = (files: Record<string, string>) => {
  const folder = application(files);
  return refusal(() => build(folder), folder);
};
const members = (archive: string) => execFileSync('tar', ['tzf', archive], { encoding: 'utf8' }).trim().split('\n');
const pinned = (...lines: string[]) => ({ 'wsgi.py': HELLO, 'requirements.txt': lines.join('\n') });

test('the Django example becomes the same release from two clones, and its second build takes no time', { timeout: 60_000 }, () => {
  const [one, two] = [temporaryFolder(), mkdtempSync('/dev/shm/paddock-test-')].map((parent) => {
    onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
    cpSync('examples/django', join(parent, 'django'), { recursive: true });
    return join(parent, 'django');
  }) as [string, string];
  const before = execFileSync('find', [one, '-printf', '%P %T@ %m\n'], { encoding: 'utf8' });
  const first = build(one);
  // On another disk, which lists folders in another order; the tools and wheels that are fetched already come along.
  const other = join(two, '../cache');
  for (const kept of ['tools', 'uv']) cpSync(join(cacheDirectory, kept), join(other, kept), { recursive: true, verbatimSymlinks: true });
  const second = build(two, { cacheDirectory: other });
  expect(second.digest).toBe(first.digest);
  expect(execFileSync('find', [one, '-printf', '%P %T@ %m\n'], { encoding: 'utf8' })).toBe(before);
  const start = performance.now();
  expect(build(one)).toEqual(first);
  expect(performance.now() - start).toBeLessThan(500);

  expect(first.manifest).toEqual({
    format: 2, application: 'django', architecture: 'x86_64', gateway: { name: 'gunicorn', serves: 'guestbook.wsgi:application' },
    recognised: "Gunicorn serving guestbook.wsgi:application, by the Procfile's web line", static: [{ url: '/static/', directory: 'app/staticfiles' }],
    releaseCommand: 'python manage.py migrate --noinput', framework: 'django', settings: releaseSettings,
  });
  const paths = members(first.archive);
  expect(paths).toContain('venv/bin/django-admin');
  expect(paths.filter((path) => /staticfiles\/entries\/style\.[0-9a-f]{12}\.css(\.gz|\.br)?$/.test(path))).toHaveLength(3);
  expect(paths.filter((path) => /__pycache__|\.pyc$|\/(RECORD|INSTALLER|REQUESTED|direct_url\.json)$/.test(path))).toEqual([]);
});

test('the Flask example, locked by Poetry, becomes a release for Graviton with that processor\'s wheels', { timeout: 30_000 }, () => {
  const { archive, manifest } = build('examples/flask', { architecture: 'arm64' });
  expect(manifest).toMatchObject({ architecture: 'arm64', recognised: 'Flask, by `app` in app.py', static: [{ url: '/static/', directory: 'app/static' }] });
  const binaries = members(archive).filter((path) => path.endsWith('.so'));
  expect(binaries).toEqual([expect.stringMatching(/markupsafe\/_speedups\.cpython-313-aarch64-linux-gnu\.so$/)]);
});

test.each([['x86_64', 'x86_64'], ['arm64', 'aarch64']] as const)('the Django example with a database is built for %s without one, and brings that processor\'s driver', { timeout: 60_000 }, (architecture, processor) => {
  const secrets = { DATABASE_URL: { database: 'paddock/database/credentials' } };
  const { archive, manifest } = build('examples/django', { architecture, settings: { ...releaseSettings, secrets } });
  expect(manifest).toMatchObject({ architecture, static: [{ url: '/static/' }], settings: { secrets } });
  const paths = members(archive);
  expect(paths).toContain(`venv/lib/python3.13/site-packages/psycopg_binary/_psycopg.cpython-313-${processor}-linux-gnu.so`);
  expect(paths.filter((path) => path.endsWith('.sqlite3'))).toEqual([]);
});

test("an application's own Gunicorn is taken, its static folder served, and its --chdir kept", { timeout: 30_000 }, () => {
  const folder = application({
    'requirements.txt': 'gunicorn==23.0.0\npackaging==25.0\n', Procfile: 'web: gunicorn --chdir src shop:make()\n',
    'src/shop.py': `${HELLO}def make():\n    return application\n`, 'src/static/site.css': 'a { color: red }\n'.repeat(100),
  });
  const { archive, manifest } = build(folder);
  expect(manifest).toMatchObject({ gateway: { serves: 'shop:make()', chdir: 'src' }, static: [{ url: '/static/', directory: 'app/src/static' }] });
  const paths = members(archive);
  expect(paths).toContain('venv/lib/python3.13/site-packages/gunicorn-23.0.0.dist-info/METADATA');
  expect(paths).toContain('app/src/static/site.css.br');
});

test('a uv.lock is taken without its development group, and refused when it is out of date', { timeout: 30_000 }, () => {
  const project = (dependency: string) => `[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.9"\ndependencies = ["${dependency}"]\n[dependency-groups]\ndev = ["iniconfig==2.1.0"]\n`;
  const folder = application({ 'wsgi.py': HELLO, 'pyproject.toml': project('itsdangerous==2.2.0') });
  const uv = Uv.ready(new Cache(cacheDirectory), () => {});
  expect(uv.run(['lock', '--quiet', '--python', uv.python], folder)).toMatchObject({ ok: true });
  const packages = members(build(folder).archive).filter((path) => path.endsWith('.dist-info/')).map((path) => path.split('/').at(-2));
  expect(packages).toEqual([expect.stringMatching(/^gunicorn-/), 'itsdangerous-2.2.0.dist-info']);
  writeFileSync(join(folder, 'pyproject.toml'), project('itsdangerous==2.1.2'));
  expect(refusal(() => build(folder), folder)).toMatch(/^shop\/uv\.lock: the lock must be up to date with pyproject\.toml, got .*needs to be updated.*; run `uv lock`$/);
});

test('dependencies that cannot be taken as they are locked are refused', { timeout: 30_000 }, () => {
  const hash = (digit: string) => ` --hash=sha256:${digit.repeat(64)}`;
  expect(refused(pinned('docopt==0.6.2'))).toMatch(/requirements\.txt: every dependency must have a wheel for Python 3\.13, got none for docopt==0\.6\.2; choose a version that has one, or build its wheel into an index of yours$/);
  expect(refused(pinned('markupsafe==2.0.1'))).toMatch(/every dependency must have a wheel for .*got none for markupsafe==2\.0\.1; /);
  expect(refused(pinned('itsdangerous>=2'))).toMatch(/every requirement must be pinned with == to a version from a package index, got itsdangerous>=2; /);
  expect(refused(pinned('werkzeug==3.1.3'))).toMatch(/requirements\.txt: the lock must hold everything that its packages require, got werkzeug without markupsafe>=2\.1\.1; lock again/);
  expect(refused(pinned(`itsdangerous==2.2.0${hash('0')}`))).toMatch(/itsdangerous==2\.2\.0 must have the hash that the lock says, got sha256:[0-9a-f]{64} instead of sha256:0{64}; /);
  expect(refused(pinned(`itsdangerous==2.2.0${hash('0')}`, 'blinker==1.9.0'))).toMatch(/all requirements must have a hash, but none were provided for: blinker==1\.9\.0/);
  expect(refused(pinned('itsdangerous==99.0'))).toMatch(/the locked packages must install .*there is no version of itsdangerous==99\.0/);
  expect(refused(pinned('gunicorn==20.1.0'))).toMatch(/Gunicorn must be 21 or newer, since older ones need pkg_resources, which Python 3\.13 does not bring, got 20\.1\.0; raise its version, or remove it/);
});

test('a Django project whose static files cannot be collected is told which line to mend', { timeout: 30_000 }, () => {
  const settings = readFileSync('examples/django/guestbook/settings.py', 'utf8');
  const refusedFolder = (folder: string) => refusal(() => build(folder), folder);
  const django = (line: string, css = '') => {
    const parent = temporaryFolder();
    cpSync('examples/django', join(parent, 'shop'), { recursive: true });
    return refusedFolder(application({ 'guestbook/settings.py': settings.replace(/^STATIC_ROOT = .*$/m, line), ...(css && { 'entries/static/entries/style.css': css }) }, parent));
  };
  expect(django('')).toBe("shop/guestbook.settings: STATIC_ROOT must say where collectstatic writes, got none; add the line STATIC_ROOT = BASE_DIR / 'staticfiles'");
  expect(django('STATIC_ROOT = "/var/www/static"')).toMatch(/^shop: STATIC_ROOT must be a folder inside the application, got \/var\/www\/static; /);
  expect(django("STATIC_ROOT = BASE_DIR / 'staticfiles'", 'a { background: url(missing.png) }')).toMatch(/^shop: collectstatic must succeed, got .*missing\.png.*; run `python manage\.py collectstatic` on this computer/);
});

test('two builds at once, and one after a build that was killed, give the same release', { timeout: 60_000 }, async () => {
  const folder = application({ 'wsgi.py': HELLO, 'requirements.txt': 'itsdangerous==2.2.0\n' });
  const cache = temporaryFolder();
  cpSync(join(cacheDirectory, 'tools'), join(cache, 'tools'), { recursive: true, verbatimSymlinks: true });
  const script = join(temporaryFolder(), 'build.mts');
  const module = fileURLToPath(new URL('../../lib/release.ts', import.meta.url));
  writeFileSync(script, `import { buildRelease } from ${JSON.stringify(module)};\n`
    + `process.stdout.write(buildRelease(${JSON.stringify({ application: folder, architecture: 'x86_64', settings: releaseSettings, cacheDirectory: cache })}).digest);\n`);
  const start = () => spawn(process.execPath, ['--import', 'tsx', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const finished = async (child: ReturnType<typeof start>) => {
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    await once(child, 'close');
    return text;
  };
  const killed = start();
  while (!existing(join(cache, 'tmp'))) await setTimeout(20);
  killed.kill('SIGKILL');
  await once(killed, 'close');
  const digests = await Promise.all([start(), start()].map(finished));
  expect(digests).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), digests[0]]);
  expect(readdirSync(join(cache, 'releases'))).toHaveLength(1);
});

test('what a person decides is in the release, for root alone to read: another value is another release, another order is not', { timeout: 30_000 }, () => {
  const folder = application({ 'wsgi.py': HELLO, 'requirements.txt': '' });
  const secrets = { API_KEY: { parameter: '/shop/api-key' }, STRIPE: { secret: 'shop/stripe', field: 'key' } };
  const { archive, digest, manifest } = build(folder, { settings: { ...releaseSettings, environment: { A: '1', B: '2' }, secrets } });
  expect(manifest.settings).toEqual({ ...releaseSettings, environment: { A: '1', B: '2' }, secrets });
  expect(execFileSync('tar', ['tvzf', archive, 'release.json'], { encoding: 'utf8' })).toMatch(/^-rw-------/);
  expect(JSON.parse(execFileSync('tar', ['xzOf', archive, 'release.json'], { encoding: 'utf8' }))).toEqual(manifest);
  const { API_KEY, STRIPE } = secrets;
  expect(build(folder, { settings: { ...releaseSettings, secrets: { STRIPE, API_KEY }, environment: { B: '2', A: '1' } } }).digest).toBe(digest);
  expect(build(folder, { settings: { ...releaseSettings, secrets, environment: { A: '1', B: '3' } } }).digest).not.toBe(digest);
  expect(build(folder, { settings: { ...releaseSettings, secrets, environment: { A: '1', B: '2' }, domains: ['shop.example.com'] } }).digest).not.toBe(digest);
});

test('an application that asks for its plain and secret variables at import can be built, and no placeholder reaches the release', { timeout: 30_000 }, () => {
  const folder = application({ 'wsgi.py': `import os\nassert os.environ["GREETING"] == "hello"\nos.environ["API_KEY"].encode()\n${HELLO}`, 'requirements.txt': '' });
  const { archive } = build(folder, { settings: { ...releaseSettings, environment: { GREETING: 'hello' }, secrets: { API_KEY: { parameter: '/shop/api-key' } } } });
  expect(execFileSync('tar', ['xzOf', archive], { encoding: 'latin1', maxBuffer: 1e9 })).not.toContain('only-for-the-build');
  expect(refusal(() => build(folder), folder)).toMatch(/^shop: wsgi:application must import, got KeyError: 'GREETING' \(wsgi\.py:2\); correct it$/);
});

test("a release command of the settings page overrules the Procfile's", { timeout: 30_000 }, () => {
  const folder = application({ 'wsgi.py': HELLO, 'requirements.txt': '', Procfile: 'web: gunicorn wsgi\nrelease: echo theirs\n' });
  expect(build(folder).manifest).toMatchObject({ releaseCommand: 'echo theirs' });
  expect(build(folder, { releaseCommand: 'echo ours' }).manifest).toMatchObject({ releaseCommand: 'echo ours' });
  expect(build(folder).manifest.framework).toBeUndefined();
});

test('a kept release whose bytes changed is built again', { timeout: 30_000 }, () => {
  const folder = application({ 'wsgi.py': HELLO, 'requirements.txt': '' });
  const { archive, digest } = build(folder);
  writeFileSync(archive, 'torn');
  expect(build(folder).digest).toBe(digest);
});

test('a disk that fills up while tools are installed is one line', { timeout: 30_000 }, () => {
  const cache = temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', cache]);
  onTestFinished(() => void execFileSync('umount', [cache]));
  mkdirSync(join(cache, 'tmp'));
  const folder = application({ 'wsgi.py': HELLO, 'requirements.txt': '' });
  expect(refusal(() => build(folder, { cacheDirectory: cache }))).toBe(
    `${cache}: the cache must be writable and have room for a release, got no space left on device; make room or allow it, or set XDG_CACHE_HOME to another disk`);
  expect(readdirSync(join(cache, 'tmp'))).toEqual([]);
});

function existing(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch {
    return false;
  }
}
