import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';

/** Holds a text against its golden file. `UPDATE_GOLDEN=1` writes the file instead; its diff is then part of the review. */
export function expectGolden(name: string, text: string): void {
  const file = join(import.meta.dirname, 'golden', name);
  if (process.env.UPDATE_GOLDEN && !process.env.CI) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text, `test/golden/${name} is reviewed as a diff: after a change that is meant, run UPDATE_GOLDEN=1 npm run test:fast`)
    .toBe(existsSync(file) ? readFileSync(file, 'utf8') : 'no golden file yet');
}
