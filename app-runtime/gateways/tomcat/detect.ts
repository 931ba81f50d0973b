import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplicationFolder, Recognition } from '../../gateway/builder.js';
import { refuse } from '../../refusal.js';
import { SERVES } from './jvm.js';
import { withoutComments } from './pom.js';

export const POM = 'pom.xml';
export const LOOKS_FOR = 'a pom.xml with <packaging>war</packaging>, or one .war file';
const PACKAGING = /<packaging>\s*war\s*<\/packaging>/;

/** Where a web application comes from: a project of Maven, or a WAR that its author built. */
export type Origin = { readonly pom: true } | { readonly war: string };

/** What in a folder is a web application. */
export function sign(folder: string): string | undefined {
  const origin = origins(folder).length === 1 ? origins(folder)[0]! : undefined;
  if (!origin) return undefined;
  return 'pom' in origin ? `${POM} with packaging war` : origin.war;
}

/**
 * Finds the web application of a folder.
 * @throws Refusal when there is none, or more than one
 */
export function originOf(path: string, where: string): Origin {
  const [origin, other] = origins(path);
  if (!origin) return refuse(where, 'must hold a web application', existsSync(join(path, POM)) ? `a ${POM} of another packaging` : `neither a ${POM} nor a .war file`, `add \`<packaging>war</packaging>\` to ${POM}, or put one .war file into the folder`);
  if (other) return refuse(where, 'must hold one web application', origins(path).map((found) => ('war' in found ? found.war : POM)).join(' and '), 'keep one of them in the folder');
  return origin;
}

/** Recognises what a server of servlets is to serve. */
export function recogniseWar({ path, where }: ApplicationFolder, server: string): Recognition {
  const origin = originOf(path, where);
  return { serves: SERVES, recognised: `${server} serving ${'pom' in origin ? `the WAR that Maven builds, by ${POM}` : origin.war}` };
}

function origins(folder: string): Origin[] {
  const pom = join(folder, POM);
  // What Maven builds is not what a WAR beside it was built of.
  if (existsSync(pom)) return PACKAGING.test(withoutComments(readFileSync(pom, 'utf8'))) ? [{ pom: true }] : [];
  return readdirSync(folder).filter((name) => name.endsWith('.war')).sort().map((war) => ({ war }));
}
