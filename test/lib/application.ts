import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Refusal } from '../../lib/refuse.js';

/** A temporary folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An application of the given files, in a folder called `shop`. */
export function application(files: Readonly<Record<string, string>>, parent = temporaryFolder()): string {
  const folder = join(parent, 'shop');
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** The line that an action is refused with, with `folder` shortened to its name. */
export function refusal(action: () => unknown, folder?: string): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Refusal) return folder ? error.message.replaceAll(folder, 'shop') : error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

/** A WSGI callable, the smallest. */
export const HELLO = 'def application(environ, start_response):\n    start_response("200 OK", [])\n    return [b"hello"]\n';
