import { type Failure, failure, following, type Place, type ReadFailures } from '../../gateway/failure.js';
import { caught } from './caught.js';

/** What ends a request. */
const ENDED = /PHP (Fatal|Parse|Compile|Core) error: +(?:(Uncaught) )?(.*)$/;
/** An exception that came from the one above it. */
const NEXT = /^Next /;
/** Ends what an exception that nobody caught prints. */
const THROWN = /^\s*thrown in (.+) on line (\d+)$/;
const FRAME = /^#\d+ (.+)\((\d+)\): /;
/** Where it was, at the end of a message. */
const AT = / in (\/.+?)(?: on line |:)(\d+)$/;

/**
 * Failures as PHP logs them.
 * @param served folder where each release's processes find their own application
 */
export function phpFailures(served: string): ReadFailures {
  const place = (found: RegExpExecArray | null): Place[] => (found ? [{ path: found[1]!.replace(`${served}/`, 'app/'), line: found[2]! }] : []);
  const uncaught = (lines: readonly string[]): Failure[] => {
    const last = lines.slice(Math.max(0, lines.map((line) => NEXT.test(line)).lastIndexOf(true)));
    const frames = last.flatMap((line) => place(FRAME.exec(line)));
    return failure(last[0]!.replace(NEXT, '').replace(AT, ''), [...last.flatMap((line) => place(THROWN.exec(line))), ...frames]);
  };
  return (lines) => lines.flatMap((line, index) => {
    const [, kind, thrown, text] = ENDED.exec(line) ?? [];
    if (text === undefined) return caught(lines, index, place);
    if (thrown === undefined) return failure(`${kind!} error: ${text.replace(AT, '')}`, place(AT.exec(text)));
    const rest = following(lines, index + 1, (each) => !ENDED.test(each));
    return uncaught([text, ...rest.slice(0, rest.findIndex((each) => THROWN.test(each)) + 1)]);
  });
}
