/**
 * Requirements: a list of pinned packages in pip's own format, the one form that every lock is brought to before uv
 * installs from it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { refuse } from '../../refusal.js';

const PIN = /^([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*===?\s*([A-Za-z0-9][\w.!+-]*)\s*(;|--hash\b|$)/;

/** A package that a list pins. */
export interface Pin {
  /** As package indexes compare names: lower case, with single dashes. */
  readonly name: string;
  readonly version: string;
}

/**
 * The lines of a requirements file, with continuations joined, comments gone and included files in their place.
 * Constraints are left out: where every version is pinned they have nothing to say.
 * @throws Refusal when an included file is missing or outside of the folder
 */
export function readRequirements(folder: string, file: string, where: string, seen: readonly string[] = []): string[] {
  const path = join(folder, file);
  if (file.startsWith('..') || !existsSync(path) || seen.includes(file)) {
    refuse(`${where}/${seen.at(-1) ?? file}`, 'an included file must be inside the application, once', file, 'correct the -r line');
  }
  return lines(readFileSync(path, 'utf8')).flatMap((line) => {
    const [, option, value] = /^(-r|--requirement|-c|--constraint)(?:\s+|=)(.+)$/.exec(line) ?? [];
    if (option === undefined) return [line];
    return option.startsWith('-r') || option === '--requirement'
      ? readRequirements(folder, normalize(join(dirname(file), value!)), where, [...seen, file]) : [];
  });
}

/** The logical lines of a requirements text. */
export function lines(text: string): string[] {
  return text.replace(/\\\r?\n/g, ' ').split(/\r?\n/).map((line) => line.replace(/(^|\s)#.*$/, '').replace(/\s+/g, ' ').trim()).filter((line) => line !== '');
}

/**
 * What the lines pin.
 * @throws Refusal naming the first requirement that is not pinned to one version from an index
 */
export function pins(requirements: readonly string[], where: string): Pin[] {
  return requirements.filter((line) => !isOption(line)).map((line) => {
    const [, name, , version] = PIN.exec(line) ?? [];
    if (name === undefined || version === undefined) {
      return refuse(where, 'every requirement must be pinned with == to a version from a package index', line.replace(/ --hash.*/, ''),
        'pin it, as `pip freeze` or `uv pip compile` do');
    }
    return { name: canonical(name), version };
  });
}

/** Whether a line tells the installer something, such as an index; an editable folder is a requirement. */
export function isOption(line: string): boolean {
  return /^--?[a-z]/.test(line) && !/^(-e|--editable)\b/.test(line);
}

/** Whether any line carries a hash; then every one must. */
export function hashed(requirements: readonly string[]): boolean {
  return requirements.some((line) => line.includes('--hash'));
}

/** A package's name as package indexes compare names. */
export function canonical(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}
