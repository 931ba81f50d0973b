/** Failures that a framework caught, to answer with a page of its own, as it logs them. */
import { type Failure, failure, following, type Place } from '../../gateway/failure.js';

/** An exception in a line of Monolog's, as Laravel has it; its frames follow. */
const LINE = /^\[[^\]]+\] \S+\.(?:ERROR|CRITICAL|ALERT|EMERGENCY): (.*?) \{.*?"exception":"\[object\] \((\S+?)\(code: /;
const AT = /.* at (\/.+):(\d+)\)$/;
const TRACE = /^(#\d+ |\[stacktrace\]$)/;
const FRAME = /^#\d+ (.+)\((\d+)\): /;
/** The same in JSON, as Symfony's recipe has it. */
const JSON_LINE = /^\{"message":"Uncaught /;
/** Symfony without Monolog. */
const PLAIN = /\[critical\] Uncaught (?:PHP Exception )?(.+)$/;

/** @param placed the place in a match's first two groups, as paths of the release are told */
export function caught(lines: readonly string[], index: number, placed: (found: RegExpExecArray | null) => Place[]): readonly Failure[] {
  const line = lines[index]!;
  const [, message, name] = LINE.exec(line) ?? [];
  if (name !== undefined) {
    const frames = following(lines, index + 1, (each) => TRACE.test(each)).map((each) => FRAME.exec(each));
    return failure(`${name.replaceAll('\\\\', '\\')}: ${message!}`, [AT.exec(line), ...frames].flatMap(placed));
  }
  const thrown = JSON_LINE.test(line) ? exceptionIn(line) : undefined;
  if (thrown) return failure(`${thrown.class}: ${thrown.message}`, placed(/^(.+):(\d+)$/.exec(thrown.file)));
  const [, text] = PLAIN.exec(line) ?? [];
  return text === undefined ? [] : failure(text, []);
}

function exceptionIn(line: string): { readonly class: string; readonly message: string; readonly file: string } | undefined {
  try {
    const { context } = JSON.parse(line) as { readonly context?: { readonly exception?: ReturnType<typeof exceptionIn> } };
    return typeof context?.exception?.file === 'string' ? context.exception : undefined;
  } catch {
    // PHP-FPM cuts a line that is too long.
    return undefined;
  }
}
