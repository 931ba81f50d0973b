/** Compress: static text squeezed once, when the release is built, so that the proxy serves it as it lies. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { writeWhole } from './cache.js';

/** Text, and the binary formats that are not compressed already: wasm, bitmaps, and fonts other than woff. */
const COMPRESSIBLE = new Set(['.css', '.js', '.mjs', '.cjs', '.json', '.map', '.webmanifest', '.svg', '.html', '.htm', '.xml', '.xsl',
  '.rss', '.atom', '.txt', '.md', '.csv', '.vtt', '.wasm', '.ico', '.bmp', '.ttf', '.otf', '.eot']);
/** Below this an answer fits in one packet either way. */
const WORTHWHILE_BYTES = 1024;
/** A sibling must save a tenth: less does not pay for its decompression. */
const WORTHWHILE_RATIO = 0.9;

const ENCODINGS = {
  gz: (bytes: Buffer) => gzipSync(bytes, { level: 9 }),
  br: (bytes: Buffer) => brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }),
} as const;

/**
 * Gives every compressible file over 1 KiB in a folder its .gz and .br siblings. Siblings that are there already stay.
 * @param memory folder that remembers what was compressed before: brotli at its best takes a second for a megabyte
 */
export function compressStatic(folder: string, memory: string): void {
  mkdirSync(memory, { recursive: true });
  for (const file of files(folder)) {
    if (!COMPRESSIBLE.has(extname(file).toLowerCase()) || lstatSync(file).size <= WORTHWHILE_BYTES) continue;
    const bytes = readFileSync(file);
    for (const encoding of ['gz', 'br'] as const) {
      if (existsSync(`${file}.${encoding}`)) continue;
      const small = remembered(memory, bytes, encoding);
      if (small.length <= bytes.length * WORTHWHILE_RATIO) writeFileSync(`${file}.${encoding}`, small);
    }
  }
}

function remembered(memory: string, bytes: Buffer, encoding: keyof typeof ENCODINGS): Buffer {
  const name = join(memory, `${createHash('sha256').update(bytes).digest('hex')}.${encoding}`);
  if (existsSync(name)) return readFileSync(name);
  const small = ENCODINGS[encoding](bytes);
  writeWhole(name, small);
  return small;
}

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path) : entry.isFile() ? [path] : [];
  });
}
