import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { lastLine, type Run, run } from './command.js';
import { log } from './log.js';
import { places } from './places.js';
import type { Check, MachinePlan, PlannedFile, PlannedUnit } from './plan.js';

/** Where and by whom a plan is carried out; a test gives a folder of its own and records what systemd would be asked. */
export interface Ground {
  /** @default '/' */
  readonly root?: string;
  /** @default - runs it */
  readonly systemctl?: Run;
}

/** What writing a plan changed: paths, and the units that must take notice. */
export interface Change {
  readonly paths: readonly string[];
  readonly concerned: ReadonlySet<string>;
}

/**
 * Makes the machine what the plan says. A second apply changes nothing.
 * @throws Error when a daemon refuses a file, with what it said; nothing has been written then
 */
export async function apply(plan: MachinePlan, ground: Ground = {}): Promise<Change> {
  await check(plan, ground);
  const change = await write(plan, ground);
  await notify(plan, change.concerned, ground);
  return change;
}

/** Writes the files of a plan that was checked where they differ, and removes those that an earlier plan had. Nothing takes notice yet. */
export async function write(plan: MachinePlan, ground: Ground = {}): Promise<Change> {
  const { root = '/' } = ground;
  const change = await lay(plan.files, ground, await stale(plan, root));
  await put(join(root, places.written), { path: places.written, content: JSON.stringify(plan.files.map(({ path }) => path)) });
  return change;
}

/**
 * Lays the files out where no daemon looks, and lets the daemons judge them there.
 * @throws Error when one refuses a file, with what it said
 */
export async function check(plan: MachinePlan, { root = '/' }: Ground = {}): Promise<void> {
  const stage = join(root, places.stage);
  await rm(stage, { recursive: true, force: true });
  try {
    for (const file of plan.files) await put(join(stage, file.path), file);
    for (const each of plan.checks) await judge(each, stage);
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Writes the files that differ, and removes others. */
export async function lay(files: readonly PlannedFile[], { root = '/', systemctl = run }: Ground = {}, removed: readonly string[] = []): Promise<Change> {
  const changed: PlannedFile[] = [];
  for (const file of files) if (await differs(join(root, file.path), file)) changed.push(file);
  for (const file of changed) await put(join(root, file.path), file);
  for (const path of removed) await rm(join(root, path), { force: true });
  const paths = [...changed.map(({ path }) => path), ...removed];
  if (paths.some((path) => path.startsWith('/etc/systemd/'))) await ask(systemctl, 'daemon-reload');
  if (paths.length > 0) log('wrote files', { changed: paths });
  return { paths, concerned: new Set(changed.flatMap(({ concerns = [] }) => concerns)) };
}

/** Starts the units that do not run, and reloads or restarts those that a change concerns. */
export async function notify({ units }: MachinePlan, concerned: ReadonlySet<string>, { systemctl = run }: Ground = {}): Promise<void> {
  for (const unit of units) await settle(unit, concerned.has(unit.name), systemctl);
}

async function judge({ judge: who, command, silentStderr }: Check, stage: string): Promise<void> {
  const { code, stdout, stderr } = await run(command.map((word) => word.replaceAll('{root}', stage)));
  if (code === 0 && !(silentStderr && stderr.trim())) return;
  const said = complaint(stderr || stdout).replaceAll(stage, '');
  throw new Error(`${who} refused ${said}; the old files still serve`);
}

/** The first line that names an error, or else the last line. */
function complaint(text: string): string {
  return text.split('\n').find((line) => /\[emerg\]|\berror\b/i.test(line))?.trim() ?? lastLine(text);
}

async function differs(path: string, { content, mode = 0o644 }: PlannedFile): Promise<boolean> {
  try {
    const [there, { mode: bits }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return there !== content || (bits & 0o7777) !== mode;
  } catch {
    return true;
  }
}

/** Writes a file so that a reader sees the old one or the new one, and a full disk leaves the old one. */
async function put(path: string, { content, mode = 0o644 }: PlannedFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.paddock-part`;
  try {
    await writeFile(part, content, { mode, flush: true });
    await chmod(part, mode);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** Paths of the last plan that this one no longer has. */
async function stale(plan: MachinePlan, root: string): Promise<string[]> {
  try {
    const before = JSON.parse(await readFile(join(root, places.written), 'utf8')) as string[];
    return before.filter((path) => !plan.files.some((file) => file.path === path));
  } catch {
    return [];
  }
}

async function settle({ name, onChange }: PlannedUnit, concerned: boolean, systemctl: Run): Promise<void> {
  const { code } = await systemctl(['systemctl', 'is-active', '--quiet', name]);
  if (code !== 0) await ask(systemctl, 'start', name);
  else if (concerned) await ask(systemctl, onChange, name);
}

async function ask(systemctl: Run, ...words: string[]): Promise<void> {
  const { code, stderr } = await systemctl(['systemctl', ...words]);
  if (code !== 0) throw new Error(`systemctl ${words.join(' ')}: must succeed, got ${lastLine(stderr)}`);
}
