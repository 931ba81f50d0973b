import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { refuse } from '../../refusal.js';

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** Launchers and, by rule, applications are compiled for it. */
const LEAST_JAVA = 17;
/** One moment for whatever Maven packs, so that the same sources give the same bytes. */
const MOMENT = '1980-01-01T00:00:02Z';

/**
 * Runs Maven, with the person's own repositories and settings.
 * @param environment of what it runs. @default - this computer's alone
 * @throws Refusal with what Maven said
 */
export function maven(words: readonly string[], folder: string, where: string, environment: Readonly<Record<string, string>> = {}): void {
  refuseJdk();
  const { status, stdout, error } = spawnSync('mvn', ['--batch-mode', '--no-transfer-progress', '--quiet', '-Dstyle.color=never', `-Dproject.build.outputTimestamp=${MOMENT}`, ...words], {
    cwd: folder, encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment },
  });
  if (error) refuse('mvn', 'this computer must have Maven, to build what is deployed', error.message, 'install maven, or what https://maven.apache.org/download.cgi has');
  if (status === 0) return;
  if (/no space left on device/i.test(stdout)) throw new Error('No space left on device');
  const lines = stdout.split('\n').filter((line) => line.startsWith('[ERROR]')).map((line) => line.replace('[ERROR]', '').replaceAll(`${folder}/`, '').trim());
  const said = lines.find((line) => /^[\w./-]+\.java:/.test(line)) ?? lines.find((line) => line !== '' && !line.startsWith('COMPILATION'));
  refuse(where, `mvn ${words[0]} must succeed`, said ?? `exit code ${status}`, 'run it on this computer and correct it');
}

/** A program of the JDK, as Maven finds it. */
export function jdk(name: string): string {
  const home = process.env['JAVA_HOME'];
  return home ? join(home, 'bin', name) : name;
}

function refuseJdk(): void {
  const { stdout, stderr, error } = spawnSync(jdk('javac'), ['-version'], { encoding: 'utf8' });
  const version = Number(/^javac (\d+)/m.exec(`${stdout}\n${stderr}`)?.[1] ?? 0);
  if (error || version < LEAST_JAVA) {
    refuse('javac', `this computer must have a JDK of Java ${LEAST_JAVA} or newer, to build what is deployed`, error ? error.message : `Java ${version}`, 'install openjdk-21-jdk-headless, or say where another one is by JAVA_HOME');
  }
}
