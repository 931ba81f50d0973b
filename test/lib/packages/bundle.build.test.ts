import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { gatewayNamed } from '../../../app-runtime/gateways.js';
import { proxies } from '../../../app-runtime/proxies.js';
import { type Architecture, debianName } from '../../../app-runtime/release.js';
import { packageBundle } from '../../../lib/packages/bundle.js';
import { readInRelease } from '../../../lib/packages/in-release.js';
import { addressOf, ARCHIVES, get, getExactly } from '../../../lib/packages/mirror.js';
import { installs } from '../../../lib/packages.js';
import { Refusal } from '../../../lib/refuse.js';

/** What a balancer and a machine of Gunicorn's install together. */
const packages = [...new Set([...installs.withProxy(gatewayNamed('gunicorn'), proxies.nginx), ...installs.balancer])];

let folder: string;
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'paddock-packages-')); });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const made = (architecture: Architecture = 'x86_64', cache = 'cache', onNotice = (_: string) => {}) =>
  packageBundle({ architecture, packages, cacheDirectory: join(folder, cache), onNotice });

/** Nobody listens at it. */
const away = () => { process.env['HTTPS_PROXY'] = 'http://127.0.0.1:9'; };
const proxy = process.env['HTTPS_PROXY'];
afterEach(() => { proxy === undefined ? delete process.env['HTTPS_PROXY'] : process.env['HTTPS_PROXY'] = proxy; });

const beside = (archive: string) => join(dirname(archive), 'bundle.json');
const anHourAgo = (archive: string) => utimesSync(beside(archive), new Date(), new Date(Date.now() - 3_700_000));

/** What apt would install on a machine that has nothing at all. */
function simulated(content: string, architecture: string): string[] {
  const own = mkdtempSync(join(folder, 'apt-'));
  for (const place of ['lists/partial', 'cache/archives/partial', 'etc/apt/preferences.d', 'etc/apt/apt.conf.d']) mkdirSync(join(own, place), { recursive: true });
  writeFileSync(join(own, 'status'), '');
  writeFileSync(join(own, 'sources.list'), `deb [trusted=yes] file:${content} ./\n`);
  const settings = {
    Dir: own, 'Dir::Etc::SourceList': join(own, 'sources.list'), 'Dir::Etc::SourceParts': '/dev/null', 'Dir::State::Lists': join(own, 'lists'), 'Dir::State::status': join(own, 'status'),
    'Dir::Cache': join(own, 'cache'), 'APT::Architecture': architecture, 'APT::Architectures::': architecture, 'APT::Sandbox::User': 'root',
  };
  const apt = (...words: string[]) => execFileSync('apt-get', ['-qq', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]), ...words], { encoding: 'utf8' });
  apt('update');
  return [...apt('-s', '--no-install-recommends', 'install', ...packages).matchAll(/^Inst (\S+)/gm)].map(([, name]) => name!);
}

describe('Debian\'s packages in one archive', () => {
  test.each(['x86_64', 'arm64'] as const)('are what apt itself would install on an empty machine of %s, no more and no less', (architecture) => {
    const content = mkdtempSync(join(folder, 'content-'));
    execFileSync('tar', ['-xf', made(architecture).archive, '-C', content]);
    const files = readdirSync(content).filter((name) => name.endsWith('.deb'));
    expect(simulated(content, debianName[architecture]).sort()).toEqual(files.map((name) => name.split('_')[0]).sort());
    expect(files.filter((name) => !name.endsWith(`_${debianName[architecture]}.deb`) && !name.endsWith('_all.deb'))).toEqual([]);
  });

  test('are the same bytes wherever they are put together', () => {
    expect(made('x86_64', 'another').digest).toBe(made().digest);
  });

  test('are asked for once an hour', () => {
    const { archive } = made();
    away();
    expect(made().archive).toBe(archive);
    anHourAgo(archive);
    delete process.env['HTTPS_PROXY'];
    expect(made().archive).toBe(archive);
    expect(Date.now() - statSync(beside(archive)).mtimeMs).toBeLessThan(600_000);
  });

  test('are those of the last time while Debian cannot be reached, and the person is told', () => {
    const { archive } = made();
    anHourAgo(archive);
    away();
    const notices: string[] = [];
    expect(made('x86_64', 'cache', (line) => notices.push(line)).archive).toBe(archive);
    expect(notices).toEqual([expect.stringMatching(/^https:\/\/deb\.debian\.org\/.*: this computer must reach Debian's mirror, got ECONNREFUSED; check the network, or set HTTPS_PROXY to its proxy; the packages of \d{4}-\d\d-\d\dT\d\d:\d\d are taken$/)]);
  });

  test('are refused in one line when there are none yet and Debian cannot be reached', () => {
    away();
    expect(() => made('x86_64', 'empty')).toThrow(/^https:\/\/deb\.debian\.org\/.*must reach Debian's mirror, got ECONNREFUSED; [^\n]*$/);
    expect(() => made('x86_64', 'empty')).toThrow(Refusal);
    expect(existsSync(join(folder, 'empty/debian'))).toBe(false);
  });

  test('are put together again when what is kept was damaged', () => {
    const { archive, digest } = made();
    appendFileSync(archive, 'x');
    const pool = join(folder, 'cache/debian/pool');
    writeFileSync(join(pool, readdirSync(pool)[0]!), 'half');
    expect(made()).toEqual({ archive, digest });
    expect(execFileSync('sha256sum', [archive], { encoding: 'utf8' })).toContain(digest);
  });

  test('leave nothing half made when the disk is full', () => {
    const small = join(folder, 'small');
    mkdirSync(small);
    const { stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', `mount -t tmpfs -o size=30m small ${small} && XDG_CACHE_HOME=${small} exec npx tsx -e "$0"`,
      `import('./lib/packages/bundle.ts').then(({ packageBundle }) => packageBundle({ architecture: 'x86_64', packages: ${JSON.stringify(packages)} })).catch(({ message }) => console.error(message))`], { encoding: 'utf8' });
    expect(stderr.trim().split('\n').at(-1)).toMatch(/small\/paddock: the cache must be writable and have room for a release, got no space left on device; /);
  });
});

describe('what a mirror says', () => {
  const { archive, suite } = ARCHIVES.find((one) => one.suite === 'trixie-security')!;
  const address = addressOf(archive, `dists/${suite}/InRelease`);
  let text: string;
  beforeAll(async () => { text = (await get(address)).toString('utf8'); });

  test('is believed when Debian signed it', async () => {
    expect((await readInRelease(text, address)).get('main/binary-amd64/Packages.xz')).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    ['was changed on the way', () => text.replace(/[0-9a-f]{64}/, 'f'.repeat(64))],
    ['is not signed', () => text.replace(/-----BEGIN PGP SIGNATURE[^]*/, '')],
    ['is another page', () => '<html>Please log in to this network</html>'],
  ])('is refused when it %s', async (_, changed) => {
    await expect(readInRelease(changed(), address)).rejects.toThrow(`${address}: Debian must have signed its index, got one without a good signature; `);
  });

  test('is refused when it is too old: a mirror that stands still hides what was mended since', async () => {
    await expect(readInRelease(text, address, new Date(Date.now() + 30 * 86_400_000))).rejects.toThrow(/the index must be of these days, got one that was good until /);
  });

  test('is refused when it is not the file that the index spoke of', async () => {
    await expect(getExactly(address, 'f'.repeat(64))).rejects.toThrow(`${address}: its SHA-256 must be ${'f'.repeat(64)}, got `);
    await expect(get(addressOf(archive, 'nothing'))).rejects.toThrow('must reach Debian\'s mirror, got HTTP 404');
  });
});
