/** What Paddock reads of a pom.xml: whether the same build can be had from it again. Maven has no lock file, so its versions must stay what they are. */
import { refuse } from '../../refusal.js';

/** Elements that name something to fetch. */
const FETCHED = ['dependency', 'plugin', 'extension', 'parent'] as const;
/** Ranges, snapshots and what is newest are another thing tomorrow. */
const MOVES = /[[(,]|-SNAPSHOT$|^(LATEST|RELEASE)$/i;

export const withoutComments = (xml: string): string => xml.replace(/<!--[\s\S]*?-->/g, '');

/** @throws Refusal for a version that does not stay */
export function refuseMoving(xml: string, where: string): void {
  const text = withoutComments(xml);
  const properties = new Map([...text.matchAll(/<([\w.-]+)>([^<]*)<\/\1>/g)].map(([, name, value]) => [name!, value!.trim()]));
  for (const { artifact, version } of FETCHED.flatMap((element) => fetched(text, element))) {
    const resolved = version.replace(/\$\{([\w.-]+)\}/g, (own, name: string) => (name.startsWith('project.') ? own : properties.get(name) ?? own));
    if (!MOVES.test(resolved)) continue;
    refuse(where, 'every version must be one that stays, because Maven has no lock file: no range and no SNAPSHOT', `${artifact} ${resolved}`, 'name a released version of it');
  }
}

interface Fetched {
  readonly artifact: string;
  readonly version: string;
}

/** Those with a version of their own; of what an element holds further down, other elements tell. */
function fetched(text: string, element: (typeof FETCHED)[number]): Fetched[] {
  return [...text.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, 'g'))].flatMap(([, inner]) => {
    const own = inner!.replace(/<(dependencies|executions|configuration|exclusions)>[\s\S]*?(<\/\1>|$)/g, '');
    const [version, artifact] = [/<version>\s*(.*?)\s*<\/version>/.exec(own)?.[1], /<artifactId>\s*(.*?)\s*<\/artifactId>/.exec(own)?.[1]];
    return version === undefined ? [] : [{ version, artifact: artifact ?? element }];
  });
}
