/**
 * Assembles a bundle of Debian's packages: what Debian signed, in one archive from which a machine installs without asking anybody.
 * A program of its own, because a stack is described without waiting, and a mirror has to be waited for.
 */
import { createHash } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import xz from 'xz-decompress';
import { type Architecture, debianName } from '../../app-runtime/release.js';
import { Refusal } from '../refuse.js';
import { writeArchive } from '../release/archive.js';
import { Cache, writeWhole } from '../release/cache.js';
import { ASSEMBLED, type Assembled, type Order } from './assembled.js';
import { closure } from './closure.js';
import { readInRelease } from './in-release.js';
import { type Archive, ARCHIVES, addressOf, get, getExactly } from './mirror.js';
import { catalogue, type Stanza, stanzas } from './stanza.js';

/** How many files are fetched at once. */
const AT_ONCE = 8;
/** Days that a package stays which no bundle asked for. */
const KEPT_DAYS = 30;

/** An archive's index as Debian signed it. */
type Index = Archive & { readonly path: string; readonly digest: string };

async function assemble(order: Order): Promise<void> {
  const { architecture, place } = order;
  const before = existsSync(join(place, ASSEMBLED)) ? JSON.parse(readFileSync(join(place, ASSEMBLED), 'utf8')) as Assembled : undefined;
  const indexes = await Promise.all(ARCHIVES.map((archive) => signedIndex(archive, architecture)));
  const state = sha256(JSON.stringify([indexes, order.packages]));
  if (before?.state === state && existsSync(join(place, before.archive))) return utimesSync(join(place, ASSEMBLED), new Date(), new Date());
  const all = (await Promise.all(indexes.map((index) => read(index, order.cache)))).flat();
  const chosen = closure(order.packages, catalogue(all.map(({ stanza }) => stanza)));
  const archiveOf = new Map(all.map(({ stanza, archive }) => [stanza, archive]));
  const missing = chosen.filter(({ sha256: digest }) => !existsSync(inPool(order, digest)) || sha256(readFileSync(inPool(order, digest))) !== digest);
  if (missing.length > 0) say(`fetching ${missing.length} packages`);
  mkdirSync(join(order.cache, POOL), { recursive: true });
  await inTurn(missing, async (stanza) => writeWhole(inPool(order, stanza.sha256), await getExactly(addressOf(archiveOf.get(stanza)!, stanza.path), stanza.sha256)));
  const archive = pack(order, chosen, state);
  prune(order, archive, indexes, chosen);
}

async function signedIndex(archive: Archive, architecture: Architecture): Promise<Index> {
  const address = addressOf(archive.archive, `dists/${archive.suite}/InRelease`);
  const path = `main/binary-${debianName[architecture]}/Packages.xz`;
  const digest = (await readInRelease((await get(address)).toString('utf8'), address)).get(path);
  if (digest === undefined) throw new Error(`${address}: no ${path} in it`);
  return { ...archive, path, digest };
}

/** The packages of an index, which is kept: those of the release itself change a few times a year. */
async function read({ archive, suite, path, digest }: Index, cache: string): Promise<{ archive: Archive['archive']; stanza: Stanza }[]> {
  const file = join(cache, INDEXES, digest);
  if (!existsSync(file)) {
    say(`reading the index of ${suite}`);
    mkdirSync(join(cache, INDEXES), { recursive: true });
    // By its digest: a mirror that changes meanwhile still has what its signature spoke of.
    writeWhole(file, await getExactly(addressOf(archive, `dists/${suite}/${path.replace(/[^/]*$/, '')}by-hash/SHA256/${digest}`), digest));
  }
  const text = await new Response(new xz.XzReadableStream(new Blob([readFileSync(file)]).stream())).text();
  return [...stanzas(text)].map((stanza) => ({ archive, stanza }));
}

const INDEXES = 'debian/indexes';
const POOL = 'debian/pool';
const inPool = ({ cache }: Order, digest: string) => join(cache, POOL, digest);

/**
 * Writes the archive, and then says that it is there: whoever is killed in between leaves the one before.
 * @returns its name
 */
function pack(order: Order, chosen: readonly Stanza[], state: string): string {
  mkdirSync(order.place, { recursive: true });
  return new Cache(order.cache).withTemporary((workshop) => {
    const content = join(workshop, 'packages');
    mkdirSync(content);
    for (const { path, sha256: digest } of chosen) {
      linkSync(inPool(order, digest), join(content, basename(path)));
      utimesSync(inPool(order, digest), new Date(), new Date());
    }
    writeFileSync(join(content, 'Packages'), chosen.map(({ text, path }) => text.replace(/^Filename: .*$/m, `Filename: ./${basename(path)}`)).join('\n\n') + '\n');
    const archive = join(workshop, 'packages.tar');
    const digest = writeArchive(content, archive, { gzip: false });
    const assembled: Assembled = { archive: `${digest}.tar`, digest, state };
    renameSync(archive, join(order.place, assembled.archive));
    writeFileSync(join(workshop, ASSEMBLED), JSON.stringify(assembled));
    renameSync(join(workshop, ASSEMBLED), join(order.place, ASSEMBLED));
    return assembled.archive;
  });
}

function prune({ cache, place }: Order, archive: string, indexes: readonly Index[], chosen: readonly Stanza[]): void {
  const old = (file: string) => Date.now() - statSync(file).mtimeMs > KEPT_DAYS * 86_400_000;
  const drop = (folder: string, stays: ReadonlySet<string>, gone: (file: string) => boolean) => {
    for (const name of readdirSync(folder)) if (!stays.has(name) && gone(join(folder, name))) rmSync(join(folder, name), { force: true });
  };
  drop(join(cache, POOL), new Set(chosen.map(({ sha256: digest }) => digest)), old);
  drop(join(cache, INDEXES), new Set(indexes.map(({ digest }) => digest)), old);
  drop(place, new Set([archive, ASSEMBLED]), () => true);
}

async function inTurn<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => { for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one); }));
}

function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function say(line: string): void {
  process.stderr.write(`Debian: ${line}\n`);
}

const order = JSON.parse(process.argv[2]!) as Order;
try {
  await assemble(order).catch((error: unknown) => new Cache(order.cache).explain(error));
} catch (error) {
  // The one who asked says it, and what comes of it.
  process.stdout.write(error instanceof Refusal ? error.message : (error as Error).stack!);
  process.exitCode = 1;
}
