import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ReleaseManifest } from '../release.js';

/** Folder of a site, as Rails, Laravel and Express have it. */
const PUBLIC = 'public';
/** Folder that the proxy serves at its name. */
const STATIC = 'static';
/** Names that can be a part of a path as they are, and do not begin with a dot. */
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;

/**
 * Static files of an application by the names of its folders: `static/` at `/static/`, and `public/assets/` at `/assets/`. What lies in `public/`
 * itself is the application's to serve.
 * @param site folder whose own folders the proxy serves, each at its name
 */
export function staticFolders(application: string, site = PUBLIC): ReleaseManifest['static'] {
  const inSite = folders(join(application, site)).map((name) => ({ url: `/${name}/`, directory: `app/${site}/${name}` }));
  return [...inSite, ...folders(application).filter((name) => name === STATIC && !inSite.some(({ url }) => url === `/${name}/`)).map((name) => ({ url: `/${name}/`, directory: `app/${name}` }))];
}

function folders(path: string): string[] {
  return existsSync(path) ? readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory() && PLAIN.test(entry.name)).map(({ name }) => name).sort() : [];
}
