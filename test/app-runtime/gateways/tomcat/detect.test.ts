import { describe, expect, test } from 'vitest';
import { chooseGateway } from '../../../../app-runtime/builders.js';
import { refuseMoving } from '../../../../app-runtime/gateways/tomcat/pom.js';
import { collector, heap, size } from '../../../../app-runtime/gateways/tomcat/size.js';
import { application, refusal } from '../../../lib/application.js';

const pom = (inner = '', packaging = '<packaging>war</packaging>') => `<project><artifactId>shop</artifactId><version>1.0-SNAPSHOT</version>${packaging}${inner}</project>`;
const chosen = (files: Record<string, string>, gateway = '') => chooseGateway(application(files), 'shop', gateway);

test('a pom.xml that makes a WAR is served by Tomcat, and by Jetty where the settings page says so', () => {
  const files = { 'pom.xml': pom() };
  expect(chosen(files)).toMatchObject({ name: 'tomcat', recognition: { serves: 'webapp', recognised: 'Tomcat serving the WAR that Maven builds, by pom.xml' } });
  expect(chosen(files, 'jetty')).toMatchObject({ name: 'jetty', recognition: { serves: 'webapp', recognised: 'Jetty serving the WAR that Maven builds, by pom.xml' } });
});

test('a WAR that its author built is served as it is', () => {
  expect(chosen({ 'shop.war': '' })).toMatchObject({ name: 'tomcat', recognition: { recognised: 'Tomcat serving shop.war' } });
});

test('a folder with two WARs, with none, or with a pom.xml that makes something else is refused', () => {
  const refused = (files: Record<string, string>) => refusal(() => chosen(files, 'tomcat'));
  expect(refused({ 'a.war': '', 'b.war': '' })).toBe('shop: must hold one web application, got a.war and b.war; keep one of them in the folder');
  expect(refused({ 'index.html': '' })).toMatch(/^shop: must hold a web application, got neither a pom\.xml nor a \.war file; /);
  expect(refused({ 'pom.xml': pom('', '<!-- <packaging>war</packaging> -->') })).toMatch(/^shop: must hold a web application, got a pom\.xml of another packaging; /);
});

describe('a version that is another thing tomorrow is refused', () => {
  const dependency = (version: string) => `<dependencies><dependency><artifactId>cart</artifactId><version>${version}</version></dependency></dependencies>`;
  const told = (inner: string) => refusal(() => refuseMoving(pom(inner), 'shop/pom.xml'));
  test.each(['[1.0,2.0)', '1.0-SNAPSHOT', 'LATEST'])('%s', (version) => {
    expect(told(dependency(version))).toBe(`shop/pom.xml: every version must be one that stays, because Maven has no lock file: no range and no SNAPSHOT, got cart ${version}; name a released version of it`);
  });
  test('by a property, in a parent, and of a plugin', () => {
    expect(told(`<properties><cart.version>2-SNAPSHOT</cart.version></properties>${dependency('${cart.version}')}`)).toMatch(/got cart 2-SNAPSHOT; /);
    expect(told('<parent><artifactId>ours</artifactId><version>3-SNAPSHOT</version></parent>')).toMatch(/got ours 3-SNAPSHOT; /);
    expect(told('<plugin><artifactId>squeeze</artifactId><version>(,1]</version><configuration><version>1</version></configuration></plugin>')).toMatch(/got squeeze \(,1\]; /);
  });
});

test("the project's own version may be a SNAPSHOT, and what an exclusion or a comment names is not fetched", () => {
  const inner = '<dependency><artifactId>cart</artifactId><version>1.0</version></dependency><!-- <dependency><version>1-SNAPSHOT</version></dependency> -->';
  expect(() => refuseMoving(pom(inner), 'shop/pom.xml')).not.toThrow();
});

const GIB = 2 ** 30;

for (const [machine, cores, gib, threads, mib, collects] of [
  ['two cores', 2, 2, 128, 800, 'G1'], ['two cores of a small, as Linux counts its memory', 2, 1.86, 128, 728, 'G1'], ['two cores of a micro, as Linux counts its memory', 2, 0.9, 83, 236, 'Serial'],
  ['two cores of a nano', 2, 0.44, 24, 48, 'Serial'], ['one core', 1, 2, 64, 800, 'Serial'], ['eight cores', 8, 32, 200, 16160, 'G1'], ['next to no memory', 1, 0.1, 16, 48, 'Serial'],
] as const) {
  test(`${machine}: ${threads} threads, a heap of ${mib} MiB, collected by ${collects}`, () => {
    const facts = { cores, memoryBytes: gib * GIB };
    expect(size(facts)).toEqual({ workers: 1, threads });
    expect(heap(facts)).toBe(mib);
    expect(collector(facts)).toBe(`-XX:+Use${collects}GC`);
  });
}
