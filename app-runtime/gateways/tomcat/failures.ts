import { type Failure, following } from '../../gateway/failure.js';

/** The first line of an exception. The one that it came from stands below it; Jetty has its name on a line of its own. */
const NAMED = /^(Caused by: |Exception in thread ".*?" )?((?:[a-z_$][\w$]*\.)+[A-Z][\w$]*)(: .*)?$/;
const FRAME = /^\tat (?:[^\s/]*\/)*([\w$.]+)\.[^.(]+\((.+)\)$/;
/** Frames, those that it has in common with the exception above it, and what was thrown while it was closed down. */
const STACK = /^\t/;
const CAUSED = /^Caused by:/;
/** What the machine for Java says when there is no memory to say more. */
const ENDED = /^Terminating due to (java\.lang\.OutOfMemoryError.*)$/;
/** What is neither Java's nor the server's is the application's, as Failure.java has it. */
const OTHERS = /^(?:java|javax|jdk|sun|jakarta|org\.apache|org\.eclipse|paddock)\./;

/** Lines that a message may have. */
const MESSAGE = 10;

/** Failures as Java prints them: of each the cause that a person can mend, which is the last, for servers wrap what they were given. */
export function javaFailures(lines: readonly string[]): Failure[] {
  return lines.flatMap((line, index) => {
    const ended = ENDED.exec(line)?.[1];
    if (ended !== undefined) return [{ exception: ended }];
    return STACK.test(line) && !STACK.test(lines[index - 1] ?? '') ? failureAt(lines, index) : [];
  });
}

/** @param stack index of its first frame */
function failureAt(lines: readonly string[], stack: number): Failure[] {
  const first = lines.slice(Math.max(0, stack - MESSAGE), stack).filter((line) => NAMED.test(line)).at(-1);
  const frames = following(lines, stack, (line) => STACK.test(line));
  if (first === undefined || CAUSED.test(lines[stack + frames.length] ?? '')) return [];
  const place = frames.flatMap(placeOf)[0];
  return [{ exception: first.replace(NAMED, '$2$3'), ...(place !== undefined && { place }) }];
}

function placeOf(frame: string): string[] {
  const [, name, source] = FRAME.exec(frame) ?? [];
  if (name === undefined || OTHERS.test(name)) return [];
  return [[...name.split('.').slice(0, -1), source!].join('/')];
}
