/** Where Python says that a traceback begins; what a program wrote before it may lack its end of line. */
const HEADER = /Traceback \(most recent call last\):(?: \(\d+ times\))?$/;

/** A frame, within the margin of an exception group. A syntax error's names no function. */
const FRAME = /^([ |]*) {2}File "(.+?)", line (\d+)(?:, in .+)?$/;

/** What `withoutOthers` leaves of frames. */
const COUNT = /^[ |]* {2}… \d+ frames? of /;

/** What Python writes between the tracebacks of exceptions that follow from each other. */
const CHAIN = /^(?:During handling of the above exception, another exception occurred|The above exception was the direct cause of the following exception):$/;

/** Frames of its own that an application is shown of one traceback: functions that call each other for ever make a thousand. */
const OWN = 20;

/** A frame with the lines of source under it. */
interface Frame {
  readonly path: string;
  readonly line: string;
  readonly margin: string;
  readonly lines: string[];
}

/** A frame, or any other line. */
type Part = Frame | string;

/** Whether a line is the beginning of a traceback and nothing else. */
export function isHeader(line: string): boolean {
  return line.startsWith('Traceback ') && HEADER.test(line);
}

/** Whether a line joins the traceback above it to the one below. */
export function isChain(line: string): boolean {
  return CHAIN.test(line);
}

/** Whether a line says where an exception passed. */
export function isTrace(line: string): boolean {
  return HEADER.test(line) || FRAME.test(line) || COUNT.test(line);
}

/** Whether an exception passed through the application's own code. */
export function isOwn(lines: readonly string[]): boolean {
  return parts(lines).some((part) => typeof part !== 'string' && own(part));
}

/** The last exception of the lines, without its place: `RuntimeError: the warehouse is on fire`. */
export function exceptionOf(lines: readonly string[]): string | undefined {
  const all = parts(lines);
  const said = all[all.map((part) => typeof part !== 'string' || isTrace(part)).lastIndexOf(true) + 1];
  return typeof said === 'string' ? said.replace(/^[ |]*/, '') : undefined;
}

/** The deepest place in the application's own code that the last exception passed, relative to its folder: `shop/views.py:12`. */
export function placeOf(lines: readonly string[]): string | undefined {
  const all = parts(lines);
  const last = all.map((part) => typeof part === 'string' && HEADER.test(part)).lastIndexOf(true);
  const ours = (some: readonly Part[]) => some.filter((part): part is Frame => typeof part !== 'string' && own(part)).at(-1);
  const frame = ours(all.slice(last + 1)) ?? ours(all);
  return frame && `${frame.path.slice('app/'.length)}:${frame.line}`;
}

/**
 * The lines without the frames of other people's code: who called the application goes unsaid, what it called is counted, and the last
 * frame stays whose it may be, unless it is the import system's, which has no source to show.
 */
export function withoutOthers(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let run: Frame[] = [];
  for (const part of [...parts(lines), '']) {
    if (typeof part !== 'string') {
      run.push(part);
      continue;
    }
    kept.push(...shown(run), part);
    run = [];
  }
  return kept.slice(0, -1);
}

function shown(run: readonly Frame[]): string[] {
  const kept = new Set([...run.filter(own).slice(-OWN), ...run.slice(-1).filter(({ path }) => !path.startsWith('<frozen '))]);
  const first = run.findIndex(own);
  const lines: string[] = [];
  let skipped: Frame[] = [];
  for (const frame of first === -1 ? run : run.slice(first)) {
    if (!kept.has(frame)) {
      skipped.push(frame);
      continue;
    }
    lines.push(...counted(skipped), ...frame.lines);
    skipped = [];
  }
  return [...lines, ...counted(skipped)];
}

function counted(frames: readonly Frame[]): string[] {
  if (frames.length === 0) return [];
  const owners = [...new Set(frames.map(({ path }) => ownerOf(path)))];
  return [`${frames[0]!.margin}  … ${frames.length} ${frames.length === 1 ? 'frame' : 'frames'} of ${owners.join(', ')}`];
}

function own({ path }: Frame): boolean {
  return path.startsWith('app/');
}

/** The package that a file belongs to. */
function ownerOf(path: string): string {
  if (path.startsWith('app/')) return 'the application';
  const frozen = /^<(?:frozen )?([^.>]+)/.exec(path);
  if (frozen) return frozen[1]!;
  const [first = path] = path.replace(/^.*\/(?:lib\/python[\d.]+|(?:site|dist)-packages)\//, '').replace(/^releases\/\w+\//, '').split('/').filter(Boolean);
  return first.replace(/\.py$/, '');
}

function parts(lines: readonly string[]): Part[] {
  const all: Part[] = [];
  for (const line of lines) {
    const [, margin, path, number] = FRAME.exec(line) ?? [];
    const frame = all.at(-1);
    if (path !== undefined) all.push({ path, line: number!, margin: margin!, lines: [line] });
    else if (frame !== undefined && typeof frame !== 'string' && within(frame, line)) frame.lines.push(line);
    else all.push(line);
  }
  return all;
}

/** The source under a frame, or Python's count of frames that are the same. */
function within({ margin }: Frame, line: string): boolean {
  return line.startsWith(`${margin}    `) || line.startsWith(`${margin}  [Previous line repeated `);
}
