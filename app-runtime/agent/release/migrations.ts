import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Inspection, parseInspection, parseTables, type Tables } from '../../frameworks/django/inspection.js';
import { inspectService } from '../../gateway/units.js';
import { answer } from '../../frameworks/django/unit.js';
import { type Run, run } from '../machine/command.js';
import { places } from '../machine/places.js';
import { replaceFile } from '../machine/replace-file.js';

/** What a large project tells is a tenth of it, in MiB. */
const MOST = 16;

const MEND = "see the application's log, correct it and deploy again";

/**
 * Lets the release whose files are laid tell what its migrations would do, with its own code and environment. Nothing is changed.
 * @throws Error in one line, when it cannot tell
 */
export async function inspect(file: string = answer, ask: Run = run): Promise<Inspection> {
  await rm(file, { force: true });
  const { code } = await ask(['systemctl', 'start', inspectService]);
  const text = await whatItTold(file);
  // It says itself why it failed; one that was ended for its time says nothing.
  if (code !== 0 && text === '') throw new Error(`the release must tell what its migrations do within 60 s, got nothing; ${MEND}`);
  const inspection = parseInspection(text);
  if (code !== 0) throw new Error(`the release must tell what its migrations do, got a failure at its end; ${MEND}`);
  return inspection;
}

/** Keeps what a release's models need, for the judge of the next release's migrations. */
export async function keepModels(digest: string, models: Tables, folder: string = places.models): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await replaceFile(fileOf(digest, folder), `${JSON.stringify(models)}\n`, 0o600);
}

/** What a release's models need; undefined where that was not kept, or cannot be read any more. */
export async function modelsOf(digest: string, folder: string = places.models): Promise<Tables | undefined> {
  try {
    return parseTables(JSON.parse(await readFile(fileOf(digest, folder), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Forgets the models of every release but those named. */
export async function pruneModels(digests: readonly string[], folder: string = places.models): Promise<void> {
  const kept = digests.map((digest) => `${digest}.json`);
  const old = (await readdir(folder).catch(() => [])).filter((name) => !kept.includes(name));
  for (const name of old) await rm(join(folder, name), { force: true });
}

async function whatItTold(file: string): Promise<string> {
  const size = await stat(file).then(({ size }) => size / 2 ** 20, () => 0);
  if (size > MOST) throw new Error(`the release must tell what its migrations do in ${MOST} MiB at most, got ${Math.ceil(size)} MiB; ${MEND}`);
  return size === 0 ? '' : readFile(file, 'utf8');
}

function fileOf(digest: string, folder: string): string {
  return join(folder, `${digest}.json`);
}
