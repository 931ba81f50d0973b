import type { Catalogue, Stanza } from './stanza.js';

/**
 * All that packages need, and all that those need in turn, down to Debian's essential ones. It is more than a machine will install:
 * what its image has already is among it, because it may have it in a version that something here no longer goes with.
 * @returns sorted by name
 * @throws Error when there is no such package
 */
export function closure(roots: readonly string[], packages: Catalogue): Stanza[] {
  const providers = providersOf(packages);
  const found = new Map<string, Stanza>();
  const open: (readonly string[])[] = roots.map((root) => [root]);
  for (let group = open.pop(); group !== undefined; group = open.pop()) {
    const one = choose(group, packages, providers);
    if (found.has(one.name)) continue;
    found.set(one.name, one);
    open.push(...one.needs);
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** As apt does on a machine that has none of them: the first that there is, or who provides it. */
function choose(group: readonly string[], packages: Catalogue, providers: ReadonlyMap<string, string>): Stanza {
  for (const name of group) {
    const one = packages.get(name) ?? packages.get(providers.get(name) ?? '');
    if (one !== undefined) return one;
  }
  throw new Error(`no package ${group.join(' | ')} in Debian's index`);
}

function providersOf(packages: Catalogue): Map<string, string> {
  const providers = new Map<string, string>();
  for (const name of [...packages.keys()].sort()) for (const provided of packages.get(name)!.provides) if (!providers.has(provided)) providers.set(provided, name);
  return providers;
}
