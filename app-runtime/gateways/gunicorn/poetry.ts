/** Poetry: the main group of a poetry.lock, as pinned requirements with hashes. */
import { parse } from 'smol-toml';
import { refuse } from '../../refusal.js';
import { canonical } from './requirements.js';

interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly optional?: boolean;
  readonly groups?: readonly string[];
  /** One marker, or one for each group where they differ. */
  readonly markers?: string | Readonly<Record<string, string>>;
  readonly files?: readonly { readonly hash: string }[];
  readonly source?: { readonly type: string; readonly url: string };
}

/**
 * Brings poetry.lock to requirement lines; uv evaluates their markers for the machine.
 * @throws Refusal when Poetry 1 wrote the lock, when pyproject.toml asks for what is not in it, or when a package comes from no index
 */
export function poetryRequirements(lock: string, pyproject: string, where: string): string[] {
  const { metadata, package: packages = [] } = read(lock, `${where}/poetry.lock`) as { metadata?: { 'lock-version'?: string }; package?: LockedPackage[] };
  const version = metadata?.['lock-version'] ?? 'none';
  // Before 2.1 a lock does not say which group a package belongs to.
  if (!/^(2\.[1-9]|[3-9])/.test(version)) refuse(`${where}/poetry.lock`, 'the lock must be of Poetry 2 (lock-version 2.1)', version, 'run `poetry lock` with Poetry 2');
  const main = packages.filter(({ optional, groups }) => !optional && groups?.includes('main'));
  refuseUnlocked(wanted(pyproject, where), main, where);
  const indexes = new Set(main.flatMap(({ source }) => (source?.type === 'legacy' ? [`--extra-index-url ${source.url}`] : [])));
  return [...indexes, ...main.map((one) => requirement(one, where))];
}

function requirement({ name, version, markers, files = [], source }: LockedPackage, where: string): string {
  if (source && source.type !== 'legacy') {
    refuse(`${where}/poetry.lock`, 'every dependency must come from a package index', `${name} from ${source.type} ${source.url}`,
      'publish it as a wheel to an index of yours');
  }
  const marker = typeof markers === 'string' ? markers : markers?.['main'];
  return [`${name}==${version}`, ...(marker ? [`; ${marker}`] : []), ...files.map(({ hash }) => `--hash=${hash}`)].join(' ');
}

interface Pyproject {
  readonly project?: { readonly dependencies?: readonly string[] };
  readonly tool?: { readonly poetry?: { readonly dependencies?: Readonly<Record<string, unknown>> } };
}

/** Names that pyproject.toml asks for without condition. */
function wanted(pyproject: string, where: string): string[] {
  const { project, tool } = read(pyproject, `${where}/pyproject.toml`) as Pyproject;
  const standard = (project?.dependencies ?? []).filter((text) => !text.includes(';')).map((text) => /^[\w.-]+/.exec(text.trim())?.[0] ?? '');
  const own = Object.entries(tool?.poetry?.dependencies ?? {}).filter(([name, value]) => name !== 'python' && typeof value === 'string');
  return [...standard, ...own.map(([name]) => name)].filter((name) => name !== '');
}

function refuseUnlocked(names: readonly string[], locked: readonly LockedPackage[], where: string): void {
  const missing = names.find((name) => !locked.some((one) => canonical(one.name) === canonical(name)));
  if (missing) refuse(`${where}/poetry.lock`, 'the lock must hold what pyproject.toml asks for', `no ${missing}`, 'run `poetry lock`');
}

function read(text: string, where: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    return refuse(where, 'must be TOML', (error as Error).message.split('\n')[0]!, 'correct it');
  }
}
