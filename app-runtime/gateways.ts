/** Gateways: each folder of `gateways/` is one. This is what they are on a machine; `builders.ts` is what they are on the deployer's computer. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineContext } from './agent/machine/plan.js';
import type { Gateway } from './gateway/gateway.js';
import { ManifestError, parseManifest, type ReleaseManifest } from './release.js';

/** Names of the folders: `bundle` puts them in front of the agent, which has no folder to read. */
declare const GATEWAYS: readonly string[] | undefined;

export const names: readonly string[] = typeof GATEWAYS === 'undefined' ? readdirSync(join(import.meta.dirname, 'gateways')).sort() : GATEWAYS;

/** Each gateway by its folder's name, which a release's manifest says. */
const gateways = new Map(await Promise.all(names.map(async (name) => {
  const { gateway } = await import(`./gateways/${name}/gateway.ts`) as { readonly gateway: Gateway };
  return [name, gateway] as const;
})));

/** The gateway of that name. @throws ManifestError for one that is not there */
export function gatewayNamed(name: string, where = 'release.json'): Gateway {
  const gateway = gateways.get(name);
  if (!gateway) throw new ManifestError(`${where}: gateway.name must be one of ${names.join(', ')}, got ${JSON.stringify(name)}; correct the application and build the release again`);
  return gateway;
}

/** The gateway that serves a release. */
export const gatewayOf = ({ gateway }: Pick<ReleaseManifest, 'gateway'>): Gateway => gatewayNamed(gateway.name);

/** Workers of a machine's gateway. */
export const workersOf = ({ manifest, facts }: Pick<MachineContext, 'manifest' | 'facts'>): number => gatewayOf(manifest).size(facts).workers;

/**
 * Reads a release's manifest, and refuses what its gateway must not act on.
 * @throws ManifestError naming the place, what must hold, what came and what to do
 */
export function readManifest(json: string, where = 'release.json'): ReleaseManifest {
  const manifest = parseManifest(json, where);
  const { name, serves } = manifest.gateway;
  const { pattern, must } = gatewayNamed(name, where).serves;
  if (!pattern.test(serves)) throw new ManifestError(`${where}: gateway.serves must be ${must}, got ${JSON.stringify(serves)}; correct the application and build the release again`);
  return manifest;
}
