import { compareVersions } from './version.js';

/** One package as Debian's index describes it. */
export interface Stanza {
  readonly name: string;
  readonly version: string;
  /** Where it lies, under its archive's own address. */
  readonly path: string;
  readonly sha256: string;
  /** What it needs: of each group of alternatives, one. */
  readonly needs: readonly (readonly string[])[];
  /** Names that it answers to besides its own. */
  readonly provides: readonly string[];
  /** The text itself, for an index of fewer packages. */
  readonly text: string;
}

/** Packages of several indexes by name: of each the newest. */
export type Catalogue = ReadonlyMap<string, Stanza>;

/**
 * Reads an index.
 * @param index text of a file `Packages`
 */
export function* stanzas(index: string): Generator<Stanza> {
  for (const text of index.split('\n\n')) if (text.trim() !== '') yield stanza(text.trim());
}

/** Joins the packages of several indexes. */
export function catalogue(all: Iterable<Stanza>): Catalogue {
  const newest = new Map<string, Stanza>();
  for (const one of all) {
    const known = newest.get(one.name);
    if (known === undefined || compareVersions(one.version, known.version) > 0) newest.set(one.name, one);
  }
  return newest;
}

function stanza(text: string): Stanza {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? '';
  return {
    name: field('Package'), version: field('Version'), path: field('Filename'), sha256: field('SHA256'),
    needs: [...groups(field('Pre-Depends')), ...groups(field('Depends'))],
    provides: groups(field('Provides')).flat(),
    text,
  };
}

/** Names alone: apt looks at versions and architectures when it installs. */
function groups(field: string): string[][] {
  return field.split(',').filter((group) => group.trim() !== '').map((group) => group.split('|').map((one) => /^[^\s(:]+/.exec(one.trim())![0]));
}
