import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The fleet's application; its readiness is `/ready`, and `/slow?seconds=25` takes as long as it says. */
const CODE = readFileSync(join(import.meta.dirname, 'fleet/wsgi.py'), 'utf8');

/** What a deploy of the fleet's application is told, so that a page that fails and a server that is not ready are two things. */
export const READINESS = ['-c', 'readinessPath=/ready'] as const;

/** How a release of the fleet's application differs from others. */
export interface Difference {
  /** Whether it can be imported on a machine; a build never notices. @default true */
  readonly starts?: boolean;
  /** The release command. @default - none */
  readonly release?: string;
}

/**
 * The fleet's application as files to put over an example.
 * @param version what its answers call it
 * @param store where the store is, as `host:port`
 */
export function fleetSite(version: string, store: string, { starts = true, release }: Difference = {}): Record<string, string> {
  const values: Readonly<Record<string, string>> = { VERSION: JSON.stringify(version), STORE: JSON.stringify(store), STARTS: starts ? 'True' : 'False' };
  return {
    'wsgi.py': CODE.replace(/^(VERSION|STORE|STARTS) = .*$/gm, (_, name: string) => `${name} = ${values[name]}`),
    ...(release !== undefined && { Procfile: `release: ${release}\n` }),
  };
}
