/** Launcher: the server and our own main class for it, built once and kept. */
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { GatewayBuild } from '../../gateway/builder.js';
import { maven } from './maven.js';

/** Sources that the launchers have in common. */
const SHARED = join(import.meta.dirname, 'shared');

/**
 * Builds a launcher, or finds the one that was built from the same sources.
 * @param sources folder of its pom.xml
 * @returns folder of its jars
 */
export function launcherOf(sources: string, { cache, scratch, say }: Pick<GatewayBuild, 'cache' | 'scratch' | 'say'>): string {
  const folders = [SHARED, sources];
  return cache.once(`launchers/${digestOf(folders)}`, (jars) => {
    say('building what starts the server');
    const project = join(scratch, 'launcher');
    for (const folder of folders) cpSync(folder, project, { recursive: true });
    maven(['package'], project, 'launcher');
    cpSync(join(project, 'target/lib'), jars, { recursive: true });
    cpSync(join(project, 'target/launcher.jar'), join(jars, 'launcher.jar'));
  });
}

function digestOf(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    for (const file of filesOf(folder)) hash.update(`${relative(folder, file)}\0`).update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

/** Every file of a folder, sorted by path. */
export function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
}
