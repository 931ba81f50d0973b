/** WAR: a web application exploded into a release, for whichever server of servlets. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import type { Built, GatewayBuild } from '../../gateway/builder.js';
import { staticFolders } from '../../gateway/static.js';
import { refuse } from '../../refusal.js';
import { originOf, POM } from './detect.js';
import { filesOf, launcherOf } from './launcher.js';
import { jdk, maven } from './maven.js';
import { refuseMoving } from './pom.js';

/** Version of class files that the machine's Java 21 reads. Source: the Java Virtual Machine Specification, table 4.1-A. */
const NEWEST_CLASS = { version: 65, java: 21 };
/** What a server of servlets runs or keeps to itself. */
const RUN = /\.(jspx?|jspf|tagx?|class|jar)$/i;
/** Names that can be a part of a path as they are, and do not begin with a dot. */
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;
const INNER = ['WEB-INF', 'META-INF'];

/**
 * Fills a release with its web application and the server that serves it.
 * @param launcher folder of the launcher's sources
 * @throws Refusal when it cannot be built, or the machine could not serve it
 */
export function buildWar(order: GatewayBuild, launcher: string): Built {
  const { release, where } = order;
  const application = join(release, 'app');
  const war = builtWar(order);
  rmSync(application, { recursive: true });
  mkdirSync(application);
  explode(war, application, where);
  refuseClasses(application, where);
  cpSync(launcherOf(launcher, order), join(release, 'lib'), { recursive: true });
  return { static: statics(application) };
}

/** Path of the WAR, built where it must be. */
function builtWar({ source, trial, where, environment, say }: GatewayBuild): string {
  const origin = originOf(source, where);
  if ('war' in origin) return join(trial, origin.war);
  refuseMoving(readFileSync(join(source, POM), 'utf8'), `${where}/${POM}`);
  say('building its WAR by Maven');
  // A WAR that the author built earlier must not be taken for the one that is built here.
  rmSync(join(trial, 'target'), { recursive: true, force: true });
  maven(['package', '-DskipTests'], trial, where, environment);
  const [war, other] = filesOf(join(trial, 'target')).filter((file) => file.endsWith('.war'));
  if (!war || other) return refuse(`${where}/${POM}`, 'mvn package must make one WAR in target/', other ? `${basename(war!)} and ${basename(other)}` : 'none', 'let the build make one');
  return war;
}

function explode(war: string, application: string, where: string): void {
  const { status, stderr, error } = spawnSync(jdk('jar'), ['--extract', '--file', war], { cwd: application, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  if (error) refuse('jar', 'this computer must have a JDK, to unpack what is deployed', error.message, 'install openjdk-21-jdk-headless, or say where another one is by JAVA_HOME');
  if (/no space left on device/i.test(stderr)) throw new Error('No space left on device');
  if (status !== 0) refuse(`${where}/${basename(war)}`, 'a WAR must be an archive that jar unpacks', stderr.trim().split('\n')[0], 'build it again');
  // It says when it was built, and nothing reads it.
  rmSync(join(application, 'META-INF/maven'), { recursive: true, force: true });
}

/** What would fail on the machine alone, or be served as if nothing were there, is told before. */
function refuseClasses(application: string, where: string): void {
  const inner = join(application, 'WEB-INF');
  if (!existsSync(inner)) return;
  const snapshot = filesOf(inner).find((file) => /-SNAPSHOT\.jar$/.test(file));
  if (snapshot) refuse(where, 'every library must be a version that stays', relative(application, snapshot), 'choose a released version of what brings it');
  for (const file of filesOf(inner).filter((name) => name.endsWith('.class'))) {
    const bytes = readFileSync(file);
    const name = relative(join(inner, 'classes'), file);
    const version = bytes.readUInt16BE(6);
    if (version > NEWEST_CLASS.version) refuse(where, `classes must be for Java ${NEWEST_CLASS.java}, which machines have, or older`, `${name} for Java ${version - 44}`, `set <maven.compiler.release>${NEWEST_CLASS.java}</maven.compiler.release>`);
    if (bytes.includes('javax/servlet/')) refuse(where, 'servlets must be jakarta.servlet, which servers of today serve', `javax.servlet in ${name}`, 'move it to Jakarta EE 9 or newer');
  }
}

/** Folders at the top of the WAR, each at its name, and those that Paddock knows by name, all without anything to run: as a file, it would show its source. */
function statics(application: string): Built['static'] {
  const known = staticFolders(application);
  const own = readdirSync(application, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && PLAIN.test(entry.name) && !INNER.includes(entry.name))
    .map(({ name }) => ({ url: `/${name}/`, directory: `app/${name}` }));
  const added = own.filter(({ url }) => !known.some((found) => found.url === url));
  return [...known, ...added].filter(({ directory }) => !filesOf(join(application, relative('app', directory))).some((file) => RUN.test(file))).sort((one, other) => (one.url < other.url ? -1 : 1));
}
