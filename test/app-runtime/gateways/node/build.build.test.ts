import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Architecture } from '../../../../app-runtime/release.js';
import { buildRelease } from '../../../../lib/release.js';
import { releaseSettings } from '../../settings.js';
import { application, refusal, temporaryFolder } from '../../../lib/application.js';

const EXPRESS = join(import.meta.dirname, '../../../../examples/express');
const build = (folder: string, architecture: Architecture = 'x86_64', cacheDirectory = temporaryFolder()) =>
  buildRelease({ application: folder, architecture, settings: releaseSettings, cacheDirectory, onProgress: () => {} });

function unpacked(folder: string, architecture?: Architecture): string {
  const target = temporaryFolder();
  execFileSync('tar', ['-xf', build(folder, architecture).archive, '-C', target]);
  return join(target, 'app');
}

/** An application that depends on something, locked as npm does it. */
function locked(dependencies: Record<string, string>, more: Record<string, string> = {}, scripts: Record<string, string> = {}): string {
  const folder = application({ 'package.json': JSON.stringify({ name: 'shop', scripts: { start: 'node server.js', ...scripts }, dependencies }), 'server.js': '', ...more });
  execFileSync('npm', ['install', '--package-lock-only', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder, stdio: 'ignore' });
  return folder;
}

test('the locked packages are in the release, and the static folders of public/ are the proxy\'s', () => {
  const app = unpacked(EXPRESS);
  expect(JSON.parse(readFileSync(join(app, 'node_modules/express/package.json'), 'utf8'))).toMatchObject({ version: '5.1.0' });
  expect(build(EXPRESS).manifest).toMatchObject({ gateway: { name: 'node', serves: 'server.js' }, static: [{ url: '/assets/', directory: 'app/public/assets' }] });
});

test('the same application is the same release wherever it is built', () => {
  expect(build(EXPRESS).digest).toBe(build(EXPRESS).digest);
});

test('packages with binaries bring those of the machine\'s processor', () => {
  const folder = locked({ esbuild: '0.25.12' });
  for (const [architecture, cpu, other] of [['x86_64', 'x64', 'arm64'], ['arm64', 'arm64', 'x64']] as const) {
    const app = unpacked(folder, architecture);
    expect(existsSync(join(app, `node_modules/@esbuild/linux-${cpu}`))).toBe(true);
    expect(existsSync(join(app, `node_modules/@esbuild/linux-${other}`))).toBe(false);
  }
});

test('a build script runs with all dependencies, and what it makes is served without them', () => {
  const folder = locked({}, { 'make.js': "require('node:fs').writeFileSync('server.js', '// made')\n" }, { build: 'node make.js' });
  const app = unpacked(folder);
  expect(readFileSync(join(app, 'server.js'), 'utf8')).toBe('// made');
  expect(refusal(() => build(locked({}, {}, { build: 'node -e "throw new Error(1)"' })))).toMatch(/npm run build must succeed, got .*; run it on this computer and correct it$/);
});

test('a package that would have to be compiled is refused by name', () => {
  expect(refusal(() => build(locked({ 'node-expat': '2.4.1' })))).toMatch(/every dependency must bring its binaries for Linux x86_64, got node-expat 2\.4\.1, which compiles them; choose a version or a package that brings them$/);
});

test('a lock that is behind its package.json is refused with the command that mends it', () => {
  const folder = locked({});
  const file = join(folder, 'package.json');
  execFileSync('node', ['-e', `const fs = require('fs'); const p = JSON.parse(fs.readFileSync('${file}')); p.dependencies = { connect: '3.7.0' }; fs.writeFileSync('${file}', JSON.stringify(p))`]);
  expect(refusal(() => build(folder), folder)).toMatch(/package-lock\.json: the lock must be up to date with package\.json, got another state of it; run `npm install --package-lock-only`$/);
});
