import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

/** Writes the static text, and beside each file its compressed forms as a release holds them. */
export function writeText(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of [['small.css', 1000], ['large.css', 100_000]] as const) {
    const text = stylesheet(bytes);
    writeFileSync(join(folder, name), text);
    // Below this a release holds no compressed form: it would save less than a packet.
    if (bytes <= 1024) continue;
    writeFileSync(join(folder, `${name}.gz`), gzipSync(text, { level: 9 }));
    writeFileSync(join(folder, `${name}.br`), brotliCompressSync(text));
  }
}

/** Rules that compress about as well as a framework's stylesheet: the same ones in every run. */
function stylesheet(bytes: number): string {
  let text = '';
  let state = 1;
  const next = (limit: number) => (state = (state * 48271) % 2147483647) % limit;
  while (text.length < bytes) text += `.block-${next(999)} > .item-${next(99)} { margin: ${next(64)}px ${next(64)}px; color: #${next(0xffffff).toString(16).padStart(6, '0')}; }\n`;
  return text.slice(0, bytes);
}
