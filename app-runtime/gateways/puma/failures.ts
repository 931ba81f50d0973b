import { type Failure, failure, following, type Place } from '../../gateway/failure.js';

/** A line of a logger of Ruby's, before what it says. */
const LOGGER = /^[A-Z], \[[^\]]+\] +[A-Z]+ -- : /;
/** The first line of an exception that nobody caught; a message of several lines says its class in the last of them. */
const UNCAUGHT = /^(\S.*?):(\d+):in [`'].+?': (.*)$/;
const CLASS = / \(([A-Z][\w:]*)\)$/;
/** What cannot be read, at its own place. */
const SYNTAX = /^(\S+):(\d+): (.*) \(SyntaxError\)$/;
const FRAME = /^(?:\t(?:from )?)?([^\s:]\S*?):(\d+):in /;
const FROM = /^\tfrom /;
/** What Unicorn says of a request, what Sinatra does, and Puma, which keeps the places to itself. */
const REQUEST = [
  /^app error: (?<message>.*) \((?<name>[A-Z][\w:]*)\)$/,
  /^\d{4}-\d\d-\d\d [\d:]+ - (?<name>[A-Z][\w:]*) - (?<message>.*?)(?: \([A-Z][\w:]*\))?:$/,
  / Rack app \(.*\): #<(?<name>[A-Z][\w:]*): ?(?<message>.*)>$/,
];

/** Lines that a message may have. */
const MESSAGE = 30;

/** Failures as Ruby prints them where an application is loaded, and its servers where a request fails. */
export function rubyFailures(logged: readonly string[]): Failure[] {
  const lines = logged.map((line) => line.replace(LOGGER, ''));
  // Under one exception stands the one that it came from.
  return lines.flatMap((line, index) => (FROM.test(lines[index - 1] ?? '') ? [] : [...uncaught(lines, index), ...ofRequest(line, lines, index)]));
}

function uncaught(lines: readonly string[], index: number): Failure[] {
  const [whole, path, line, message] = UNCAUGHT.exec(lines[index]!) ?? [];
  if (whole === undefined) return [];
  const text = CLASS.test(message!) ? [] : following(lines, index + 1, (each) => !FROM.test(each) && !UNCAUGHT.test(each)).slice(0, MESSAGE);
  const syntax = text.map((each) => SYNTAX.exec(each)).find((found) => found !== null);
  const places = [{ path: path!, line: line! }, ...framesAt(lines, index + 1 + text.length)];
  if (syntax) return failure(`SyntaxError: ${syntax[3]!}`, [{ path: syntax[1]!, line: syntax[2]! }, ...places]);
  const name = [message!, ...text].map((each) => CLASS.exec(each)?.[1]).find((found) => found !== undefined);
  return name === undefined ? [] : failure(`${name}: ${message!.replace(CLASS, '')}`, places);
}

function ofRequest(line: string, lines: readonly string[], index: number): Failure[] {
  const { name, message } = REQUEST.map((each) => each.exec(line)?.groups).find((groups) => groups !== undefined) ?? {};
  return name === undefined ? [] : failure(`${name}: ${message!}`, framesAt(lines, index + 1));
}

function framesAt(lines: readonly string[], from: number): Place[] {
  return following(lines, from, (line) => FRAME.test(line)).map((line) => FRAME.exec(line)!).map(([, path, line]) => ({ path: path!, line: line! }));
}
