/**
 * Release: one immutable build of an application, named by the digest of its bytes. It is built on the deployer's computer
 * at synth, once for each state of the folder, and found in the cache after that.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Chosen, chooseGateway } from '../app-runtime/builders.js';
import { PLACEHOLDER } from '../app-runtime/gateway/builder.js';
import { names, readManifest } from '../app-runtime/gateways.js';
import { type Architecture, ManifestError, type ReleaseManifest } from '../app-runtime/release.js';
import type { ReleaseSettings } from '../app-runtime/release-settings.js';
import { Refusal } from './refuse.js';
import { writeArchive } from './release/archive.js';
import { Cache } from './release/cache.js';
import { compressStatic } from './release/compress.js';
import { copySource, hashSource, readSource, type Source } from './release/source.js';

export interface ReleaseOptions {
  /** Folder of the application: absolute, or relative to the project. */
  readonly application: string;
  /** Processor of the machines. */
  readonly architecture: Architecture;
  /**
   * How the application is run. Its plain environment is there when it is imported and its static files are collected. Its secrets are
   * not known here: their variables hold a placeholder then, so that an application that asks for them at import can be built.
   */
  readonly settings: ReleaseSettings;
  /** Gateway that serves it, by the name of its folder. @default '' - what the application's folder says */
  readonly gateway?: string | undefined;
  /** Runs once for the release, before it serves. @default - the `release:` line of the application's Procfile */
  readonly releaseCommand?: string | undefined;
  /** Where builds are kept. @default `$XDG_CACHE_HOME/paddock`, or `~/.cache/paddock` */
  readonly cacheDirectory?: string;
  /** Hears a line before each step that may take over two seconds. @default - a line on stderr */
  readonly onProgress?: (line: string) => void;
}

export interface Release {
  /** Path of release.tar.gz. */
  readonly archive: string;
  /** SHA-256 of its bytes, in hexadecimal. */
  readonly digest: string;
  readonly manifest: ReleaseManifest;
}

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
/** Manifest of a release, which the machine's root alone may read: it holds the plain environment. */
const MANIFEST = 'release.json';
/** What stands for a database's URL while the release is built: it can be read, and leads nowhere. */
const NO_DATABASE = `postgres://${PLACEHOLDER}:${PLACEHOLDER}@localhost:5432/${PLACEHOLDER}`;
/** Folders whose files decide what a release looks like: a change in them makes every release anew. One gateway may build on another. */
const BUILDER = ['lib/release', 'app-runtime/gateway', ...names.map((name) => `app-runtime/gateways/${name}`)];

/**
 * Builds an application's release, or finds the one that was built from the same input. It runs the application's own code
 * (its import, collectstatic), with nothing of this computer's environment.
 * @throws Refusal in one line, when the application cannot be deployed as it is
 */
export function buildRelease(options: ReleaseOptions): Release {
  const folder = resolve(PROJECT, options.application);
  const where = relative(PROJECT, folder).startsWith('..') ? folder : relative(PROJECT, folder) || '.';
  const source = readSource(folder, where);
  const cache = new Cache(options.cacheDirectory);
  const chosen = chooseGateway(folder, where, options.gateway);
  const name = `releases/${fingerprint(source, options, chosen)}`;
  try {
    return found(cache, name) ?? build(options, source, chosen, where, cache, name);
  } catch (error) {
    if (error instanceof ManifestError) throw new Refusal(error.message);
    return cache.explain(error);
  }
}

/** Everything that a release follows from. This computer's Python is not in it: it checks, and leaves no trace in the archive. */
function fingerprint(source: Source, { architecture, settings, releaseCommand }: ReleaseOptions, { name: gateway }: Chosen): string {
  const hash = createHash('sha256');
  hashSource(hash, source);
  for (const folder of BUILDER) {
    for (const name of (readdirSync(join(PROJECT, folder), { recursive: true }) as string[]).sort()) {
      const file = join(PROJECT, folder, name);
      if (statSync(file).isFile()) hash.update(name).update(readFileSync(file));
    }
  }
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  hash.update(JSON.stringify([architecture, ordered(settings), gateway, releaseCommand, process.versions.zlib, process.versions['brotli']]));
  return hash.digest('hex').slice(0, 32);
}

/** The same settings in the same order, whatever order a person wrote them in. */
function ordered(settings: ReleaseSettings): ReleaseSettings {
  const sorted = <T>(variables: Readonly<Record<string, T>>) => Object.fromEntries(Object.entries(variables).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { ...settings, environment: sorted(settings.environment), secrets: sorted(settings.secrets) };
}

/** What the application finds in its environment while it is built. */
function environmentOf({ environment, secrets }: ReleaseSettings): Record<string, string> {
  return { ...environment, ...Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, 'database' in secret ? NO_DATABASE : PLACEHOLDER])) };
}

/** A kept release, when its bytes are still what they were. */
function found(cache: Cache, name: string): Release | undefined {
  const place = join(cache.directory, name);
  const archive = join(place, 'release.tar.gz');
  if (!existsSync(archive)) return undefined;
  const { digest, manifest } = JSON.parse(readFileSync(join(place, 'release.json'), 'utf8')) as Omit<Release, 'archive'>;
  if (createHash('sha256').update(readFileSync(archive)).digest('hex') !== digest) {
    rmSync(place, { recursive: true, force: true });
    return undefined;
  }
  cache.touch(place);
  return { archive, digest, manifest };
}

function build(options: ReleaseOptions, source: Source, chosen: Chosen, where: string, cache: Cache, name: string): Release {
  const { architecture, releaseCommand = chosen.releaseCommand } = options;
  const { name: gateway, builder, recognition } = chosen;
  const settings = ordered(options.settings);
  const tell = options.onProgress ?? ((line: string) => process.stderr.write(`${line}\n`));
  const say = (line: string) => tell(`${source.name}: ${line}`);
  for (const warning of chosen.warnings) say(warning);
  cache.withTemporary((workshop) => {
    const [release, trial, scratch] = ['release', 'trial', 'scratch'].map((folder) => join(workshop, folder)) as [string, string, string];
    mkdirSync(scratch);
    copySource(source, join(release, 'app'));
    copySource(source, trial);
    const { serves = recognition.serves, ...built } = builder.build({
      source: source.folder, where, recognition, release, trial, scratch, architecture, environment: environmentOf(settings), cache, say,
    });
    if (built.static.length > 0) say('compressing static files');
    for (const { directory } of built.static) compressStatic(join(release, directory), join(cache.directory, 'compressed'));
    const manifest = writeManifest({
      format: 2, application: source.name, gateway: { name: gateway, serves, ...(recognition.chdir !== undefined && { chdir: recognition.chdir }) },
      recognised: recognition.recognised, architecture, ...built, ...(releaseCommand !== undefined && { releaseCommand }), settings,
    }, release, where);
    say('packing the release');
    cache.once(name, (kept) => {
      const digest = writeArchive(release, join(kept, 'release.tar.gz'), { closed: [MANIFEST] });
      writeFileSync(join(kept, 'release.json'), JSON.stringify({ digest, manifest }));
    });
  });
  cache.prune();
  return found(cache, name)!;
}

/** Puts the manifest into a release, as a machine will accept it. */
function writeManifest(manifest: ReleaseManifest, release: string, where: string): ReleaseManifest {
  const json = JSON.stringify(manifest, undefined, 2) + '\n';
  writeFileSync(join(release, MANIFEST), json);
  return readManifest(json, where);
}
