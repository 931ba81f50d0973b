import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { unpack } from '../../../../app-runtime/agent/release/archive.js';

let folder: string;
const made = (...words: string[]) => {
  execFileSync('tar', ['-czf', join(folder, 'release.tar.gz'), '-C', join(folder, 'in'), ...words]);
  return unpack(join(folder, 'release.tar.gz'), join(folder, 'out'));
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paddock-archive-'));
  mkdirSync(join(folder, 'in/app'), { recursive: true });
  writeFileSync(join(folder, 'in/app/a.py'), 'a = 1\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('files, folders and links inside are unpacked as they are', async () => {
  symlinkSync('a.py', join(folder, 'in/app/b.py'));
  await made('app');
  expect(readFileSync(join(folder, 'out/app/b.py'), 'utf8')).toBe('a = 1\n');
});

test.each<[string, () => string[]]>([
  ['a path outside', () => ['--transform', 's,^app/a.py,../a.py,', 'app/a.py']],
  ['an absolute path', () => ['-P', join(folder, 'in/app/a.py')]],
  ['a link outside', () => { symlinkSync('/etc/passwd', join(folder, 'in/app/b')); return ['app']; }],
  ['a link up and out', () => { symlinkSync('../../x', join(folder, 'in/app/b')); return ['app']; }],
  ['a device', () => { execFileSync('mknod', [join(folder, 'in/app/null'), 'c', '1', '3']); return ['app']; }],
  ['a named pipe', () => { execFileSync('mkfifo', [join(folder, 'in/app/pipe')]); return ['app']; }],
  ['a setuid file', () => { chmodSync(join(folder, 'in/app/a.py'), 0o4755); return ['app']; }],
])('an archive with %s is refused and nothing of it is unpacked', async (_, words) => {
  await expect(made(...words())).rejects.toThrow(/^release archive: every entry must stay inside it and be a plain file, folder or link, got .*; build the release again$/);
  expect(existsSync(join(folder, 'out'))).toBe(false);
});

test('an archive that was cut off is refused', async () => {
  await made('app');
  const whole = readFileSync(join(folder, 'release.tar.gz'));
  writeFileSync(join(folder, 'cut.tar.gz'), whole.subarray(0, whole.length - 20));
  await expect(unpack(join(folder, 'cut.tar.gz'), join(folder, 'cut'))).rejects.toThrow();
});
