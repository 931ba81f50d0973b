/** Failure: what an application, or one of its requests, ended with, as its language tells it in the log. */
export interface Failure {
  /** Class and message in one line: `RuntimeError: the warehouse is on fire`. */
  readonly exception: string;
  /** The deepest place in the application's own code, relative to its folder: `shop/views.py:12`. @default - it passed none */
  readonly place?: string;
}

/**
 * Finds the failures among lines of a log, in their order: one process after the other, and perhaps without the empty lines that they
 * printed. Paths of the release begin with `app/`, those of another one with `releases/`.
 */
export type ReadFailures = (lines: readonly string[]) => readonly Failure[];

/** A line of source as a language names it. */
export interface Place {
  readonly path: string;
  readonly line: string;
}

const OWN = 'app/';
const OTHER = /^releases\//;
/** Folders of an application in which other people's code lies. */
const BROUGHT = /(?:^|\/)(?:node_modules|vendor)\//;

/** @param places from the deepest on. @returns nothing for a failure of another release, which is not this one's fault */
export function failure(exception: string, places: readonly Place[]): Failure[] {
  if (places.some(({ path }) => OTHER.test(path))) return [];
  const own = places.find(({ path }) => path.startsWith(OWN) && !BROUGHT.test(path));
  return [{ exception, ...(own && { place: `${own.path.slice(OWN.length)}:${own.line}` }) }];
}

/** The one to tell: the last that passed the application's own code, or else the last. */
export function lastOf(failures: readonly Failure[]): Failure | undefined {
  return failures.filter(({ place }) => place !== undefined).at(-1) ?? failures.at(-1);
}

/** As many lines from one on as go on with what it began. */
export function following(lines: readonly string[], from: number, goesOn: (line: string) => boolean): string[] {
  const end = lines.findIndex((line, index) => index >= from && !goesOn(line));
  return lines.slice(from, end === -1 ? undefined : end);
}
