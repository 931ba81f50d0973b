import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lastLine, type Run, run } from './command.js';
import { log } from './log.js';
import { places } from './places.js';
import type { Check, MachinePlan, PlannedFile, PlannedUnit } from './plan.js';
import { replaceFile } from './replace-file.js';

/** Where and by whom a plan is carried out; a test gives a folder of its own and records what systemd would be asked. */
export interface Ground {
  /** @default '/' */
  readonly root?: string;
  /** @default - runs it */
  readonly systemctl?: Run;
}

/** What writing files changed: paths, and the units that must take notice. */
export interface Change {
  readonly paths: readonly string[];
  /** Those that were never told of an earlier change are among them: whoever made it was ended in between. */
  readonly concerned: ReadonlySet<string>;
}

/**
 * Makes the machine what the plan says. A second apply changes nothing.
 * @throws Error when a daemon refuses a file, with what it said; nothing has been written then
 */
export async function apply(plan: MachinePlan, ground: Ground = {}): Promise<Change> {
  await check(plan, ground);
  const change = await lay(plan.files, ground);
  await notify(plan, change.concerned, ground);
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

/** Writes the files that differ; nobody takes notice yet. */
export async function lay(files: readonly PlannedFile[], { root = '/', systemctl = run }: Ground = {}): Promise<Change> {
  const changed: PlannedFile[] = [];
  for (const file of files) if (await differs(join(root, file.path), file)) changed.push(file);
  const concerned = new Set([...await owed(root), ...changed.flatMap(({ concerns = [] }) => concerns)]);
  await owe(root, concerned);
  for (const file of changed) await put(join(root, file.path), file);
  const paths = changed.map(({ path }) => path);
  if (paths.some((path) => path.startsWith('/etc/systemd/'))) await ask(systemctl, 'daemon-reload');
  if (paths.length > 0) log('wrote files', { changed: paths });
  return { paths, concerned };
}

/** Starts the units that do not run, and reloads or restarts those that a change concerns. */
export async function notify({ units }: MachinePlan, concerned: ReadonlySet<string>, { root = '/', systemctl = run }: Ground = {}): Promise<void> {
  for (const unit of units) await settle(unit, concerned.has(unit.name), systemctl);
  const told = new Set(units.map(({ name }) => name));
  await owe(root, (await owed(root)).filter((name) => !told.has(name)));
}

async function owed(root: string): Promise<readonly string[]> {
  return (await readFile(join(root, places.owed), 'utf8').catch(() => '')).split('\n').filter(Boolean);
}

async function owe(root: string, units: Iterable<string>): Promise<void> {
  const path = join(root, places.owed);
  const names = [...units];
  if (names.length === 0) await rm(path, { force: true });
  else await replaceFile(path, `${names.join('\n')}\n`);
}

/** systemd-analyze verify judges whatever starts with the machine besides: what it says of a unit as its package has it is that package's to mend. */
const PACKAGED = /^\/usr\/lib\/systemd\/system\//;

async function judge({ judge: who, command, silentStderr }: Check, stage: string): Promise<void> {
  const { code, stdout, stderr } = await run(command.map((word) => word.replaceAll('{root}', stage)));
  const ours = stderr.split('\n').filter((line) => line.trim() !== '' && !PACKAGED.test(line)).join('\n');
  // A judge that fails without a word has judged nothing.
  const well = silentStderr ? ours === '' && (code === 0 || stderr.trim() !== '') : code === 0;
  if (well) return;
  const said = complaint(ours || stderr || stdout).replaceAll(stage, '');
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

function put(path: string, { content, mode }: PlannedFile): Promise<void> {
  return replaceFile(path, content, mode);
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
