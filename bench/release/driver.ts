/**
 * `driver.mjs switch <way> <how many> | end <way>`: runs in the machine. It has two releases take turns, and prints a line of JSON for
 * what serves at first and for each switch; lines of the agent's own log stand between them.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { places } from '../../app-runtime/agent/machine/places.js';
import { pause } from '../../app-runtime/agent/aws/retry.js';
import { readServing } from '../../app-runtime/agent/release/serving.js';
import type { Told } from './told.js';
import { hup, restart } from './ways/in-place.js';
import { kept } from './ways/kept.js';
import { newSocket } from './ways/new-socket.js';
import { paddock } from './ways/paddock.js';
import type { Release, Way } from './ways/way.js';

const WAYS: Readonly<Record<string, () => Way>> = { paddock, hup, restart, 'new-socket': newSocket, kept };

/** How long the load goes on alone before the first switch, and between two, in milliseconds. */
const ALONE = 500;

async function turns(way: Way, count: number): Promise<void> {
  const releases = await twoReleases();
  await way.begin(releases[0]);
  tell({ serves: way.called(releases[0]) });
  for (let turn = 1; turn <= count; turn++) {
    await pause(ALONE);
    await take(way, releases[turn % 2]!);
  }
}

async function take(way: Way, release: Release): Promise<void> {
  const to = way.called(release);
  const asked = Date.now();
  try {
    const began = await way.serve(release);
    tell({ to, asked, began, ended: Date.now() });
  } catch (error) {
    tell({ to, asked, began: asked });
    throw error;
  }
}

/** The release that serves, and the one before it. */
async function twoReleases(): Promise<[Release, Release]> {
  const digests = (await readServing())?.releases.map(({ digest }) => digest) ?? [];
  if (digests.length < 2) throw new Error(`bench: the machine must keep two releases, got ${digests.length}; deploy another one`);
  return Promise.all(digests.slice(0, 2).map(release)) as Promise<[Release, Release]>;
}

async function release(digest: string): Promise<Release> {
  const directory = join(places.releases, digest);
  const [, version = ''] = /^VERSION = "(.*)"$/m.exec(await readFile(join(directory, 'app/wsgi.py'), 'utf8')) ?? [];
  return { digest, directory, version };
}

function tell(what: Told): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

const [, , verb, name = '', count = '0'] = process.argv;
const way = WAYS[name]!();
(verb === 'end' ? way.end() : turns(way, Number(count))).then(
  // Connections to AWS may stay open for a while.
  () => process.exit(0),
  (error: Error) => {
    console.error(error.message);
    process.exit(1);
  },
);
