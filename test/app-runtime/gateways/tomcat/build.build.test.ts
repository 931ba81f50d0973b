import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { buildRelease, type ReleaseOptions } from '../../../../lib/release.js';
import { application, refusal, temporaryFolder } from '../../../lib/application.js';
import { releaseSettings } from '../../settings.js';

const caches = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'paddock-test-cache-')));
afterAll(() => caches.forEach((cache) => rmSync(cache, { recursive: true, force: true })));

const build = (folder: string, more: Partial<ReleaseOptions> = {}) =>
  buildRelease({ application: folder, architecture: 'x86_64', settings: releaseSettings, cacheDirectory: caches[0]!, onProgress: () => {}, ...more });
const members = (archive: string) => execFileSync('tar', ['tzf', archive], { encoding: 'utf8' }).trim().split('\n').filter((path) => !path.endsWith('/'));

/** A copy of the example, with files of its own. */
function servlet(files: Readonly<Record<string, string>> = {}): string {
  const parent = temporaryFolder();
  cpSync('examples/servlet', join(parent, 'shop'), { recursive: true });
  return application(files, parent);
}

test('the servlet example becomes the same release from two clones and two caches: its WAR lies exploded, with Tomcat beside it', { timeout: 300_000 }, () => {
  const first = build(servlet());
  expect(build(servlet(), { cacheDirectory: caches[1]! }).digest).toBe(first.digest);
  expect(first.manifest).toMatchObject({ gateway: { name: 'tomcat', serves: 'webapp' }, static: [{ url: '/assets/', directory: 'app/assets' }] });
  const paths = members(first.archive);
  expect(paths.filter((path) => path.startsWith('app/'))).toEqual(['app/META-INF/MANIFEST.MF', 'app/WEB-INF/classes/example/Site.class', 'app/assets/site.css']);
  expect(paths).toEqual(expect.arrayContaining(['lib/launcher.jar', 'lib/tomcat-embed-core-11.0.27.jar', 'lib/tomcat-embed-jasper-11.0.27.jar']));
});

test('the same WAR becomes a release for Jetty, for any processor', { timeout: 300_000 }, () => {
  const { archive, manifest } = build(servlet(), { gateway: 'jetty', architecture: 'arm64' });
  expect(manifest).toMatchObject({ architecture: 'arm64', gateway: { name: 'jetty', serves: 'webapp' }, recognised: 'Jetty serving the WAR that Maven builds, by pom.xml' });
  const paths = members(archive);
  expect(paths).toContain('lib/jetty-server-12.1.14.jar');
  expect(paths.filter((path) => /tomcat-embed/.test(path))).toEqual([]);
});

test('a WAR that its author built is unpacked, and folders in which something runs are not handed to the proxy', { timeout: 60_000 }, () => {
  const content = application({ 'WEB-INF/web.xml': '<web-app/>', 'META-INF/maven/shop/pom.properties': '#Sat Nov 28\n', 'pictures/a.svg': '<svg/>', 'pages/a.jsp': '<%= 1 %>', 'static/site.css': 'a { color: red }', 'public/shop/a.jsp': '<%= 1 %>' });
  const folder = application({});
  execFileSync('jar', ['--create', '--file', join(folder, 'shop.war'), '-C', content, '.']);
  const { archive, manifest } = build(folder);
  expect(manifest).toMatchObject({ recognised: 'Tomcat serving shop.war', static: [{ url: '/pictures/', directory: 'app/pictures' }, { url: '/static/', directory: 'app/static' }] });
  expect(members(archive).filter((path) => path.startsWith('app/'))).toEqual(['app/META-INF/MANIFEST.MF', 'app/WEB-INF/web.xml', 'app/pages/a.jsp', 'app/pictures/a.svg', 'app/public/shop/a.jsp', 'app/static/site.css']);
});

test('what does not compile, and what the machine could not serve, is refused with the place to mend', { timeout: 120_000 }, () => {
  const refused = (files: Readonly<Record<string, string>>) => {
    const folder = servlet(files);
    return refusal(() => build(folder), folder);
  };
  expect(refused({ 'src/main/java/example/Broken.java': 'package example;\nclass Broken { int x = "a"; }\n' })).toMatch(/^shop: mvn package must succeed, got src\/main\/java\/example\/Broken\.java:\[2,24\] incompatible types.*; run it on this computer and correct it$/);
  const old = application({ 'WEB-INF/classes/Old.class': `${'\0'.repeat(7)}\u0034Ljavax/servlet/http/HttpServlet;` });
  expect(warRefusal(old)).toBe('shop: servlets must be jakarta.servlet, which servers of today serve, got javax.servlet in Old.class; move it to Jakarta EE 9 or newer');
  expect(warRefusal(application({ 'WEB-INF/classes/New.class': `${'\0'.repeat(7)}\u0045` }))).toMatch(/^shop: classes must be for Java 21, which machines have, or older, got New\.class for Java 25; /);
  expect(warRefusal(application({ 'WEB-INF/lib/cart-1-SNAPSHOT.jar': '' }))).toMatch(/got WEB-INF\/lib\/cart-1-SNAPSHOT\.jar; /);
});

test('a computer without Maven, or without a JDK, is told what to install', { timeout: 60_000 }, () => {
  // One that was not built before: what is kept is found without either of them.
  const folder = servlet({ VERSION: '1\n' });
  const without = (environment: Readonly<Record<string, string>>) => {
    const before = { ...process.env };
    onTestFinished(() => void Object.assign(process.env, before));
    Object.assign(process.env, environment);
    return refusal(() => build(folder), folder);
  };
  expect(without({ JAVA_HOME: '/nowhere' })).toMatch(/^javac: this computer must have a JDK of Java 17 or newer, .*ENOENT; install openjdk-21-jdk-headless, /);
  delete process.env['JAVA_HOME'];
  const tools = temporaryFolder();
  writeFileSync(join(tools, 'javac'), '#!/bin/sh\necho javac 21.0.1\n', { mode: 0o755 });
  expect(without({ PATH: tools })).toMatch(/^mvn: this computer must have Maven, to build what is deployed, got .*ENOENT; install maven, /);
});

function warRefusal(content: string): string {
  const folder = application({});
  execFileSync('jar', ['--create', '--file', join(folder, 'shop.war'), '-C', content, '.']);
  return refusal(() => build(folder), folder);
}
