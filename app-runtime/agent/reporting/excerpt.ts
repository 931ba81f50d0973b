import type { Failure } from '../../gateway/failure.js';
import { printable } from '../../last-words.js';
import { places } from '../machine/places.js';
import { exceptionOf, isChain, isHeader, isOwn, isTrace, placeOf, withoutOthers } from './traceback.js';

/** A file of a release, up to where the application's or a package's own path begins. */
const FILE = new RegExp(`${places.releases}/([0-9a-f]{64})/(?:venv/lib/python[\\d.]+/site-packages/)?`, 'g');
/** A file of another release than the one that the lines are about, once shortened. */
const OTHER = /\breleases\/[0-9a-f]{12}\//;

/** Gunicorn's time and process before the level, which alone is told. */
const GUNICORN = /^\[[^\]]+\] \[(\d+)\] (?=\[[A-Z]+\] )/;
/** What Gunicorn and systemd say of every start and stop, and nginx of every request. */
const ROUTINE = [
  /^\[INFO\] (?:Starting gunicorn|Listening at|Using worker|Booting worker|Worker exiting|Handling signal|Shutting down|Worker \(pid:\d+\) was sent SIGTERM)/,
  /^(?:Starting|Started|Stopping|Stopped|Finished|Closed|Listening on|Failed to start) \S+\.(?:service|socket)\b/,
  /^\S+\.(?:service|socket): (?:Deactivated successfully|Consumed|Killing process|Scheduled restart job|Failed with result 'exit-code')/,
  /^\{"event":"answered request"/,
];
/** What follows from an exception, and tells something only where there is none. */
const AFTERMATH = [
  /^\[ERROR\] (?:Worker \(pid:\d+\) exited with code|Shutting down: Master|Reason: )/,
  /^\S+\.service: Main process exited, code=exited/,
];
/** Gunicorn's master, when its workers could not load the application. */
const HALTED = /^gunicorn\.errors\.HaltServer: /;

/** A line that begins something new, whatever was said before: of a log with times or levels, of JSON, or systemd's. */
const BEGINS = [/^\[\d{4}-/, /^\d{4}[-/]\d\d[-/]\d\d/, /^\{/, /^\[?(?:DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|FATAL)\b/, /^\S+\.(?:service|socket): /, ...ROUTINE];

/** Lines under a traceback's last frame that may still be its exception's message. */
const MESSAGE = 30;

/** What tells two sayings of the same apart: when, and which process or thread. */
const WHO = [
  /\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?Z| ?[+-]\d\d:?\d\d)?/g, /\d\d:\d\d:\d\d(?:[.,]\d+)?/g,
  /"(?:time|timestamp|ts|created|pid|process|thread|thread_id|threadName)": ?(?:"[^"]*"|[\d.]+)/g,
  /\[\d+\]/g, /\bpid[:= ]*\d+/gi, /\bprocess \d+/gi, /\d+#\d+(?:: \*\d+)?/g,
  /\bworker[-_ #:]?\d+/gi, /\bthread[-_ #:]?\d+/gi, /\bThreadPoolExecutor-\d+_\d+/g, /\b0x[0-9a-f]+/gi,
];

/** One thing that was said: a line, and what continues it, such as a traceback down to its exception. */
type Entry = readonly string[];

/**
 * What a person needs of a log to mend a release. Each thing is said once, and how often it was said; routine goes where there is
 * anything else; a traceback shows the application's own frames, and the last one comes last. An empty line parts two processes.
 * @param release folder of the release that the lines are about. @default - of whichever they name
 */
export function condense(lines: readonly string[], release?: string): string[] {
  const entries = entriesOf(lines, release);
  const keyOf = keyAmong(lines);
  const told = withoutCut(counted(worthTelling(entries), keyOf));
  const last = keyOf(blamed(entries) ?? []);
  const end = told.get(last);
  told.delete(last);
  return [...told.values(), ...(end ? [end] : [])].flatMap(tell);
}

/**
 * The exception of Python's that a release failed with.
 * @param lines as they were logged, or condensed
 * @param release as for `condense`
 * @returns undefined where there is no traceback
 */
export function pythonFailure(lines: readonly string[], release?: string): Failure | undefined {
  const entry = blamed(entriesOf(lines, release));
  const exception = entry && exceptionOf(entry);
  if (!exception) return undefined;
  const place = placeOf(entry);
  return { exception, ...(place !== undefined && { place }) };
}

/** The lines as any terminal may be given them, with the paths of files shortened, and without what Gunicorn says before each. */
export function cleaned(lines: readonly string[], release?: string): string[] {
  return lines.map((line) => shortened(printable(line), release));
}

/** The last traceback through the application's own code, or else the last; another release's is not this one's fault. */
function blamed(entries: readonly Entry[]): Entry | undefined {
  const tracebacks = entries.filter((entry) => isTraceback(entry) && kindOf(entry) === 'own' && !entry.some((line) => OTHER.test(line)));
  return tracebacks.filter(isOwn).at(-1) ?? tracebacks.at(-1);
}

function worthTelling(entries: readonly Entry[]): readonly Entry[] {
  const own = entries.filter((entry) => kindOf(entry) === 'own');
  if (blamed(entries)) return own;
  const telling = entries.filter((entry) => kindOf(entry) !== 'routine');
  return telling.length > 0 ? telling : entries;
}

function kindOf(entry: Entry): 'own' | 'aftermath' | 'routine' {
  if (isTraceback(entry)) return HALTED.test(exceptionOf(entry) ?? '') ? 'routine' : 'own';
  if (ROUTINE.some((routine) => routine.test(entry[0]!))) return 'routine';
  return AFTERMATH.some((aftermath) => aftermath.test(entry[0]!)) ? 'aftermath' : 'own';
}

/** An entry as it was said last, and how often it was. */
interface Counted {
  readonly entry: Entry;
  readonly times: number;
}

function counted(entries: readonly Entry[], keyOf: (entry: Entry) => string): Map<string, Counted> {
  const all = new Map<string, Counted>();
  for (const entry of entries) {
    // A line without a word, such as a bracket, says nothing by itself.
    const key = entry.some((line) => /\w/.test(line)) ? keyOf(entry) : `${keyOf(entry)}${all.size}`;
    const times = (all.get(key)?.times ?? 0) + 1;
    all.delete(key);
    all.set(key, { entry, times });
  }
  return all;
}

/** Without the end of an entry that is there as a whole: where a log begins, one was cut. */
function withoutCut(all: ReadonlyMap<string, Counted>): Map<string, Counted> {
  const keys = [...all.keys()];
  return new Map([...all].filter(([key]) => !keys.some((whole) => whole.endsWith(`\n${key}`))));
}

/** What of an entry is the same whoever said it, and when; Gunicorn's own lines tell the processes, whose numbers other lines may hold bare. */
function keyAmong(lines: readonly string[]): (entry: Entry) => string {
  const processes = new Set(lines.flatMap((line) => GUNICORN.exec(line)?.[1] ?? []));
  return (entry) => WHO.reduce((text, who) => text.replace(who, '?'), entry.join('\n')).replace(/\b\d+\b/g, (number) => processes.has(number) ? '?' : number);
}

function tell({ entry, times }: Counted): string[] {
  const [first, ...rest] = isTraceback(entry) ? withoutOthers(withoutEcho(entry)) : entry;
  return [times > 1 ? `${first} (${times} times)` : first!, ...rest];
}

/** Gunicorn prints an exception's message once more, below the traceback of a worker that could not start. */
function withoutEcho(entry: Entry): Entry {
  if (!entry[0]!.startsWith('[ERROR] Exception in worker process')) return entry;
  const trace = lastTrace(entry);
  const exception = entry.findIndex((line, index) => index > trace && !/^\s/.test(line));
  const message = /^[\w.]+: (.+)$/.exec(entry[exception] ?? '')?.[1];
  const echo = message === undefined ? -1 : entry.findIndex((line, index) => index > exception && line.startsWith(message));
  const whole = entry.slice(echo + 1).every((line, index) => line === entry[exception + 1 + index]);
  return echo !== -1 && whole ? entry.slice(0, echo) : entry;
}

function lastTrace(entry: Entry): number {
  return entry.map(isTrace).lastIndexOf(true);
}

function isTraceback(entry: Entry): boolean {
  return entry.some(isTrace);
}

function entriesOf(lines: readonly string[], release?: string): Entry[] {
  const all: string[][] = [];
  const clean = cleaned(lines, release);
  clean.forEach((line, index) => {
    const open = all.at(-1);
    if (line.trim() === '') return;
    if (open && continues(open, line, clean.slice(index - 1, index + 2))) open.push(line);
    else all.push([line]);
  });
  return all;
}

/** @param around the lines before, at and after it */
function continues(entry: Entry, line: string, [before = '', , after = '']: readonly string[]): boolean {
  if (isChain(line)) return isTraceback(entry);
  if (isChain(entry.at(-1)!)) return isHeader(line);
  if (before.trim() === '') return false;
  if (/^\s/.test(line)) return true;
  if (isHeader(line)) return entry.length === 1 && kindOf(entry) === 'own';
  // What begins with an indented line was cut, perhaps from a traceback.
  const mayGoOn = isTraceback(entry) || /^\s/.test(entry[0]!);
  if (!mayGoOn || BEGINS.some((begins) => begins.test(line))) return false;
  const since = entry.slice(lastTrace(entry) + 1);
  const message = since.some((each) => !/^\s/.test(each));
  // What stands above a traceback is its own heading, not the end of the message before.
  return since.length < MESSAGE && !(message && isHeader(after));
}

function shortened(line: string, release?: string): string {
  const of = (digest: string) => release === undefined || release.endsWith(digest) ? '' : `releases/${digest.slice(0, 12)}/`;
  return line.replace(FILE, (_, digest: string) => of(digest)).replace(GUNICORN, '');
}
