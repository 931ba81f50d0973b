import { checkReleaseSettings, type ReleaseSettings } from './release-settings.js';
import type { Check } from './settings.js';

/**
 * ReleaseManifest: what a release says of itself, in `release.json` at the root of its archive. The gateway's
 * build writes it on the deployer's computer, the agent reads it on the machine. It holds the application's plain environment, so the
 * machine keeps it to itself.
 *
 *     release.json
 *     app/            the application's folder
 *     venv/ …         what its gateway serves it with: its dependencies, for one
 */
export interface ReleaseManifest {
  readonly format: 2;
  /** The application folder's name. */
  readonly application: string;
  readonly gateway: {
    /** Folder of `gateways/`, as in `gunicorn`. */
    readonly name: string;
    /** What it serves, in its own words: a WSGI callable, a file, a command. */
    readonly serves: string;
    /** Folder inside `app/` that it runs in. @default - `app/` itself */
    readonly chdir?: string;
  };
  /** What the folder was recognised as, and why, for the person who reads it. */
  readonly recognised: string;
  /** Processor that it was built for. */
  readonly architecture: Architecture;
  /** Static files that the proxy serves: where they answer, and their folder inside the release. */
  readonly static: readonly { readonly url: string; readonly directory: string }[];
  /** The Procfile's `release:` line: runs once for a release, before it serves. */
  readonly releaseCommand?: string;
  /** Framework whose migrations the machine judges before the release command runs. @default - none */
  readonly framework?: 'django';
  readonly settings: ReleaseSettings;
}

/** A machine's processor, by EC2's name. */
export type Architecture = 'x86_64' | 'arm64';

/** The same by Debian's names. */
export const debianName: Readonly<Record<Architecture, string>> = { x86_64: 'amd64', arm64: 'arm64' };

/** Why a manifest was refused: one line in the house form. */
export class ManifestError extends Error {}

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const URL_FOLDER = /^\/([A-Za-z0-9_~-][A-Za-z0-9_.~-]*\/)+$/;
// Below app/, never app/ itself: the proxy would hand out the application's source.
const STATIC_FOLDER = /^app(\/[A-Za-z0-9_-][A-Za-z0-9_.@+ -]*)+$/;
const INNER_FOLDER = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/;
const ONE_LINE = /^[^\u0000-\u001f\u007f]+$/;

/**
 * Reads a release's manifest and refuses what a machine must not act on: it came from the application's folder.
 * @throws ManifestError naming the place, what must hold, what came and what to do
 */
export function parseManifest(json: string, where = 'release.json'): ReleaseManifest {
  const manifest = documentOf(json, where);
  const check: Check = (name, holds, must, got) => {
    if (!holds) throw new ManifestError(`${where}: ${name} must be ${must}, got ${JSON.stringify(got)}; correct the application and build the release again`);
  };
  const text = (name: string, value: unknown, pattern: RegExp, must: string): void =>
    check(name, typeof value === 'string' && pattern.test(value), must, value);
  check('format', manifest.format === 2, '2', manifest.format);
  text('application', manifest.application, ONE_LINE, 'one line');
  text('gateway.name', manifest.gateway?.name, NAME, 'the name of a gateway');
  text('gateway.serves', manifest.gateway?.serves, ONE_LINE, 'one line');
  if (manifest.gateway.chdir !== undefined) text('gateway.chdir', manifest.gateway.chdir, INNER_FOLDER, 'a folder inside the application');
  text('recognised', manifest.recognised, ONE_LINE, 'one line');
  text('architecture', manifest.architecture, /^(x86_64|arm64)$/, 'x86_64 or arm64');
  check('static', Array.isArray(manifest.static), 'a list', manifest.static);
  manifest.static.forEach((entry, index) => {
    text(`static[${index}].url`, entry?.url, URL_FOLDER, 'a path such as /static/');
    text(`static[${index}].directory`, entry?.directory, STATIC_FOLDER, 'a folder below app/, without dots before its names');
  });
  const urls = manifest.static.map(({ url }) => url);
  check('static', new Set(urls).size === urls.length, 'a list of different urls', urls);
  if (manifest.releaseCommand !== undefined) text('releaseCommand', manifest.releaseCommand, ONE_LINE, 'one line');
  check('framework', [undefined, 'django'].includes(manifest.framework), 'django or nothing', manifest.framework);
  check('settings', typeof manifest.settings === 'object' && manifest.settings !== null, 'an object', manifest.settings);
  checkReleaseSettings(check, manifest.settings);
  return manifest;
}

function documentOf(json: string, where: string): ReleaseManifest {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as ReleaseManifest;
  } catch { /* said below, in the house form */ }
  throw new ManifestError(`${where}: must be a JSON object, got ${JSON.stringify(json.slice(0, 40))}; build the release again`);
}
