import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What an application's author already wrote about how it runs. */
export interface Procfile {
  /** The `web:` line, as the author wrote it. @default - none, the folder is recognised by its files */
  readonly web?: string;
  /** The `release:` line. @default - none */
  readonly release?: string;
  /** Process types that Paddock does not run. */
  readonly others: readonly string[];
}

const LINE = /^([A-Za-z0-9_-]+):\s*(.+)$/;

/** Reads the text of a Procfile. */
export function parseProcfile(text: string): Procfile {
  const lines = text.split(/\r?\n/).map((line) => LINE.exec(line.trim())).filter((match) => match !== null);
  const processes = new Map(lines.map(([, name, command]) => [name!, command!]));
  const [web, release] = [processes.get('web'), processes.get('release')];
  return {
    ...(web !== undefined && { web }), ...(release !== undefined && { release }),
    others: [...processes.keys()].filter((name) => name !== 'web' && name !== 'release'),
  };
}

/** The Procfile of a folder; one that is not there says nothing. */
export function procfileOf(folder: string): Procfile {
  const file = join(folder, 'Procfile');
  return existsSync(file) ? parseProcfile(readFileSync(file, 'utf8')) : { others: [] };
}
