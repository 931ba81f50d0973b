import { type Failure, following } from '../../gateway/failure.js';

/** A panic that nobody recovered from, or that net/http did for one request; and what the runtime gives up for. */
const PANIC = /^(?:(panic|fatal error): |.* http: (panic) serving \S+: )(.*)$/;
/** The goroutine that did, and what its stack is made of: functions, and under each its place. */
const GOROUTINE = /^(?:goroutine \d+ |\[signal |\[recovered|\tpanic: )/;
const FUNCTION = /^(?:created by )?[\w./~*()[\]·@-]+(?:\(.*\)| in goroutine \d+)$/;
const PLACE = /^\t(\S.*):(\d+)(?: \+0x[0-9a-f]+)?$/;

interface Frame {
  readonly name: string;
  readonly path: string;
  readonly line: string;
}

/** Failures as Go prints them. */
export function goFailures(lines: readonly string[]): Failure[] {
  return lines.flatMap((line, index) => {
    const [, panic, served, message] = PANIC.exec(line) ?? [];
    if (message === undefined) return [];
    const frames = framesFrom(lines, index + 1);
    const own = frames.find(isOwn(frames));
    return [{ exception: `${panic ?? served!}: ${message}`, ...(own && { place: placeOf(own, frames) }) }];
  });
}

/** The stack of the goroutine that it is about, from the deepest on: it comes first. */
function framesFrom(lines: readonly string[], from: number): Frame[] {
  let goroutines = 0;
  const stack = following(lines, from, (line) => (line.startsWith('goroutine ') ? ++goroutines < 2 : line === '' || GOROUTINE.test(line) || FUNCTION.test(line) || PLACE.test(line)));
  return stack.flatMap((line, index) => {
    const [, path, number] = PLACE.exec(line) ?? [];
    return path === undefined ? [] : [{ name: stack[index - 1] ?? '', path, line: number! }];
  });
}

/** Go's own packages have no dot in their first name, and those that the application brought have a version in it. */
function isOwn(frames: readonly Frame[]): (frame: Frame) => boolean {
  const module = frames.find(isMain)?.path.split('/')[0];
  return (frame) => isMain(frame) || (!frame.path.includes('@') && (/^[^/]*\..*\//.test(frame.path) || frame.path.split('/')[0] === module));
}

const isMain = ({ name, path }: Frame) => name.startsWith('main.') && !path.startsWith('runtime/');

/** Relative to the folder of the main package, where it is in there. */
function placeOf({ path, line }: Frame, frames: readonly Frame[]): string {
  const folder = frames.filter(isMain).at(-1)?.path.replace(/[^/]*$/, '') ?? '';
  return `${path.startsWith(folder) ? path.slice(folder.length) : path}:${line}`;
}
