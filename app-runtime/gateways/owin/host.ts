/** Host: our own program that serves OWIN applications, compiled once and kept. NuGet's hosts are for Windows or need what it alone brings. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayBuild } from '../../gateway/builder.js';
import { refuse } from '../../refusal.js';
import { HOST } from './gateway.js';
import { run } from './mono.js';

const SOURCES = join(import.meta.dirname, 'host');

/**
 * Compiles the host, or finds the one that was compiled from the same sources.
 * @returns its folder
 */
export function hostOf({ cache, say }: Pick<GatewayBuild, 'cache' | 'say'>): string {
  const files = readdirSync(SOURCES).filter((name) => name.endsWith('.cs')).sort();
  const digest = createHash('sha256');
  for (const file of files) digest.update(`${file}\0`).update(readFileSync(join(SOURCES, file)));
  return cache.once(`launchers/owin-${digest.digest('hex')}`, (folder) => {
    say('compiling what serves the application');
    const { status, text } = run('mcs', 'mono-devel', ['-optimize+', '-r:Mono.Posix', `-out:${join(folder, HOST)}`, ...files], SOURCES);
    if (status !== 0) refuse('mcs', 'must compile the host of OWIN applications', text.split('\n').find((line) => /\berror\b/.test(line)), 'install mono-devel, whose version is 6.8 or newer');
  });
}
