import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Architecture } from '../../../../app-runtime/release.js';
import { buildRelease } from '../../../../lib/release.js';
import { releaseSettings } from '../../settings.js';
import { application, refusal, temporaryFolder } from '../../../lib/application.js';

const GO = join(import.meta.dirname, '../../../../examples/go');
const build = (folder: string, architecture: Architecture = 'x86_64', cacheDirectory = temporaryFolder()) =>
  buildRelease({ application: folder, architecture, settings: releaseSettings, cacheDirectory, onProgress: () => {} });

test('a module is compiled for the machine\'s processor, and for nothing that only this computer has', () => {
  for (const [architecture, named] of [['x86_64', 'x86-64'], ['arm64', 'aarch64']] as const) {
    const folder = temporaryFolder();
    execFileSync('tar', ['-xf', build(GO, architecture).archive, '-C', folder]);
    expect(execFileSync('file', [join(folder, 'bin/hello')], { encoding: 'utf8' })).toMatch(new RegExp(`ELF 64-bit .*${named}.*statically linked`));
  }
});

test('the same module is the same release wherever it is compiled', () => {
  expect(build(GO).digest).toBe(build(GO).digest);
});

test('what does not compile is refused with its first error', () => {
  const folder = application({ 'go.mod': 'module example.com/shop\n\ngo 1.23\n', 'main.go': 'package main\n\nfunc main() { serve() }\n' });
  expect(refusal(() => build(folder))).toMatch(/must compile, got \.\/main\.go:3:15: undefined: serve; run `go build` on this computer and correct it$/);
});

test('dependencies without go.sum are refused with the command that makes it', () => {
  const folder = application({ 'go.mod': 'module example.com/shop\n\ngo 1.23\n\nrequire golang.org/x/text v0.21.0\n', 'main.go': 'package main\n\nfunc main() {}\n' });
  expect(refusal(() => build(folder), folder)).toBe('shop: dependencies must be locked in go.sum, got none; run `go mod tidy`');
});

test('a module that needs C is refused with what does not', () => {
  const folder = application({ 'go.mod': 'module example.com/shop\n\ngo 1.23\n\nrequire (\n\tgithub.com/mattn/go-sqlite3 v1.14.22\n)\n', 'go.sum': '', 'main.go': 'package main\n\nfunc main() {}\n' });
  expect(refusal(() => build(folder), folder)).toBe('shop/go.mod: modules must need no C, which is not compiled for another processor, got github.com/mattn/go-sqlite3; take modernc.org/sqlite, which is SQLite in Go');
});
