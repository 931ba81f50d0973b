import { type Failure, failure, following, type Place } from '../../gateway/failure.js';

/** A frame of V8's stack; `[cause]` and the properties of an error are further in. */
const FRAME = /^ {4}at (?:.*\()?(?:file:\/\/)?(.+?):(\d+)(?::\d+)?\)?(?: \{)?$/;
const STACK = /^ {4}(?:at |\.\.\. )/;
/** The first line of an error: its name, perhaps a code, and the message. */
const NAMED = /^(?:Uncaught )?[\w$.]*(?:Error|Exception)(?: \[\w+\])?(?:: .*)?$/;
/** Where Node.js found what it cannot read, above the source and the sign under it. */
const READ = /^(?:file:\/\/)?(.+):(\d+)$/;

/** Lines that a message may have, and those above it with the source. */
const MESSAGE = 12;
const SOURCE = 4;

/** Failures as Node.js prints them, and whoever prints an error's stack. */
export function nodeFailures(lines: readonly string[]): Failure[] {
  const stacks = lines.flatMap((line, index) => (STACK.test(line) && !STACK.test(lines[index - 1] ?? '') ? [index] : []));
  return stacks.flatMap((stack, index) => {
    const before = lines.slice(Math.max(stacks[index - 1] ?? 0, stack - MESSAGE), stack);
    const first = before.map((line) => NAMED.test(line)).lastIndexOf(true);
    // One that its author gave a name of another kind has it above the stack.
    const exception = before[first === -1 ? before.length - 1 : first];
    if (exception === undefined) return [];
    return failure(exception.replace(/^Uncaught /, ''), [...readAt(before.slice(0, Math.max(first, 0)), exception), ...placesOf(following(lines, stack, (line) => STACK.test(line)))]);
  });
}

/** What cannot be read has no frame of its own. */
function readAt(above: readonly string[], exception: string): Place[] {
  if (!exception.startsWith('SyntaxError')) return [];
  return above.slice(-SOURCE).flatMap((line) => placeIn(READ.exec(line)));
}

const placesOf = (frames: readonly string[]): Place[] => frames.flatMap((line) => placeIn(FRAME.exec(line)));

function placeIn(found: RegExpExecArray | null): Place[] {
  return found ? [{ path: found[1]!, line: found[2]! }] : [];
}
