import { mkdirSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { places } from '../../../../app-runtime/agent/machine/places.js';
import type { ReleaseFolder } from '../../../../app-runtime/agent/release/release-folder.js';
import { StaticReleases } from '../../../../app-runtime/agent/release/static-releases.js';
import type { KeptRelease } from '../../../../app-runtime/kept-releases.js';
import { type ReleasePointer, releaseParameterOf } from '../../../../app-runtime/release-pointer.js';
import { shapes } from '../../machine.js';
import { balancerSettings } from '../../settings.js';

let root: string;

vi.mock('../../../../app-runtime/agent/machine/places.js', async (original) => {
  const { places: real } = await original<{ places: Record<string, unknown> }>();
  const folder = (await import('node:fs')).mkdtempSync(join((await import('node:os')).tmpdir(), 'paddock-static-'));
  return { places: { ...real, releases: `${folder}/releases`, current: `${folder}/current`, other: `${folder}/other`, third: `${folder}/third` } };
});

const digestOf = (name: string) => name.repeat(64);
const release = (name: string) => ({ bucket: 'assets', key: `${name}.tar.gz`, digest: digestOf(name) });
const pointer = (name: string): ReleasePointer => ({ ...release(name), signal: 'Release', machine: balancerSettings.machine });
const kept = (...names: string[]): KeptRelease[] => names.map((name) => ({ ...release(name), served: '2026-11-28T00:00:00Z', migrations: [], secrets: [] }));

const stores: Parameters[] = [];

/** Parameter Store, with what the stack says. */
class Parameters {
  version = 1;
  told: KeptRelease[] | undefined;
  writes = 0;
  /** What follows the releases asks for as long as it lives: after its test it gets no answer any more. */
  over = false;
  constructor(public wanted: string, kept?: KeptRelease[]) {
    this.told = kept;
    stores.push(this);
  }
  readonly ssm = async (action: string, input: unknown): Promise<Record<string, any>> => {
    if (this.over) await new Promise(() => {});
    const { Name, Value } = input as { Name: string; Value: string };
    if (action === 'PutParameter') {
      this.writes++;
      this.told = (JSON.parse(Value) as { releases: KeptRelease[] }).releases;
      return {};
    }
    if (Name === releaseParameterOf(balancerSettings.deployment)) return { Parameter: { Value: JSON.stringify(pointer(this.wanted)), Version: this.version } };
    if (this.told === undefined) throw new Error('ssm: ParameterNotFound');
    return { Parameter: { Value: JSON.stringify({ instance: 'i-1', releases: this.told }) } };
  };
}

const absent = new Set<string>();
async function bring({ digest }: ReleasePointer): Promise<void> {
  if (absent.has(digest)) throw new Error('S3 must answer 200, got 403');
  const folder = join(places.releases, digest);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'release.json'), JSON.stringify(shapes['balancer-django'].manifest));
}

const links = () => [places.current, places.other, places.third].map((link) => { try { return basename(readlinkSync(link))[0]; } catch { return undefined; } });
const folders = () => readdirSync(places.releases).map((name) => name[0]).sort();

async function until(what: () => boolean): Promise<void> {
  for (let tries = 0; !what(); tries++) {
    if (tries > 250) throw new Error(`must come true within 5 s; the links are ${links().join()}, the folders ${folders().join()}`);
    await pause(20);
  }
}

beforeEach(() => {
  root = join(places.releases, '..');
  mkdirSync(places.releases, { recursive: true });
});
afterEach(async () => {
  for (const store of stores.splice(0)) store.over = true;
  await pause(100);
  rmSync(root, { recursive: true, force: true });
  absent.clear();
});

const started = async (parameters: Parameters, changed: (first: ReleaseFolder) => Promise<void> = async () => {}) => {
  const releases = new StaticReleases(parameters, balancerSettings, 'i-1', changed, bring);
  await releases.begin();
  void releases.follow(20);
  return releases;
};

test('a new machine has the release that the deployment names, and then those before it', async () => {
  await started(new Parameters('b', kept('b', 'a')));
  expect(links()).toEqual(['b', undefined, undefined]);
  await until(() => links().join() === 'b,a,');
  expect(folders()).toEqual(['a', 'b']);
});

test('the files of the next release are there before any server serves it, and come first when most do', async () => {
  const parameters = new Parameters('a');
  const first: string[] = [];
  const releases = await started(parameters, async ({ digest }) => { first.push(digest[0]!); });
  releases.prefer(digestOf('a'));
  parameters.wanted = 'b';
  await until(() => links().join() === 'a,b,');
  expect(first).toEqual([]);
  releases.prefer(digestOf('b'));
  await until(() => links().join() === 'b,a,' && first.length > 0);
  expect(first).toEqual(['b']);
});

test('three are kept, and the one that is served is one of them however many were refused', async () => {
  const parameters = new Parameters('a');
  const releases = await started(parameters);
  releases.prefer(digestOf('a'));
  for (const name of ['b', 'c', 'd']) {
    parameters.wanted = name;
    await until(() => folders().includes(name));
  }
  await until(() => links().join() === 'a,d,c' && folders().join() === 'a,c,d');
});

test('the deployment hears of a release once servers serve it, and from one machine only', async () => {
  const parameters = new Parameters('b', kept('a'));
  const one = await started(parameters);
  await until(() => links().join() === 'b,a,');
  const two = await started(parameters);
  await pause(100);
  expect(parameters.writes).toBe(0);
  one.prefer(digestOf('b'));
  await until(() => parameters.told?.[0]?.digest === digestOf('b'));
  two.prefer(digestOf('b'));
  await pause(100);
  expect([parameters.writes, parameters.told!.map(({ digest }) => digest[0])]).toEqual([1, ['b', 'a']]);
});

test('a release that cannot be brought changes nothing', async () => {
  const parameters = new Parameters('a');
  await started(parameters);
  absent.add(digestOf('b'));
  parameters.wanted = 'b';
  await pause(200);
  expect([links(), folders()]).toEqual([['a', undefined, undefined], ['a']]);
});

test('an app server begins with its own release, whatever the deployment names, and puts right what others change', async () => {
  await bring(pointer('a'));
  const releases = new StaticReleases(new Parameters('b', kept('b', 'a')), balancerSettings, 'i-1', undefined, bring);
  await releases.hold(release('a'));
  void releases.follow(20);
  await until(() => links().join() === 'a,b,');
  rmSync(join(places.releases, digestOf('b')), { recursive: true });
  rmSync(places.other);
  await until(() => links().join() === 'a,b,' && folders().join() === 'a,b');
});
