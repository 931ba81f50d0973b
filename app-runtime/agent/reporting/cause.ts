import { lastOf, type ReadFailures } from '../../gateway/failure.js';
import { cleaned, pythonFailure } from './excerpt.js';

/** Characters of a cause, which is one line among others. */
const CAUSE = 200;

/**
 * What a release failed with and where in the application: `RuntimeError: the warehouse is on fire (wsgi.py:4)`.
 * @param lines as they were logged
 * @param release as for `condense`
 * @param read how the gateway's language tells. @default - by a traceback of Python's, which is looked for where that finds nothing too
 * @returns one line of at most 200 characters; undefined where nobody tells
 */
export function cause(lines: readonly string[], release?: string, read: ReadFailures = () => []): string | undefined {
  const failure = lastOf(read(cleaned(lines, release))) ?? pythonFailure(lines, release);
  if (!failure) return undefined;
  const { exception, place } = failure;
  const where = place === undefined ? '' : ` (${place})`;
  const room = Math.max(0, CAUSE - where.length);
  return `${exception.length > room ? `${exception.slice(0, room - 1)}…` : exception}${where}`.slice(0, CAUSE);
}
