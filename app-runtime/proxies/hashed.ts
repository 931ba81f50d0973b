import type { Safe } from '../agent/machine/template.js';

/**
 * Ends of names that hold a hash of the content, which never change what they mean, for a pattern in quotes or between `#`. An eight-letter word or a
 * date must not pass for one: a false hash is a stale file for a year, a missed one costs a question a minute.
 */
const HASHES = [
  // Bundlers' hexadecimal ones; a short one needs a letter.
  String.raw`[.-](?=[0-9]*[a-f])[0-9a-f]{8,64}`,
  // Django's.
  String.raw`\.[0-9a-f]{12}`,
  // esbuild's.
  String.raw`-(?=[A-Z2-7]*[2-7][A-Z])[A-Z2-7]{8}`,
  // Vite's, of mixed letters: a digit with a letter after it.
  String.raw`-(?=\w*[0-9][A-Za-z])(?=\w*[A-Z])(?=\w*[a-z])\w{8}`,
];

/** What both proxies look for in a path. */
export const hashed = String.raw`(?:${HASHES.join('|')})(?:\.[a-z0-9]+){1,2}$` as Safe;
