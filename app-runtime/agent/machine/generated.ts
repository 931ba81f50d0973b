import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { replaceFile } from './replace-file.js';

/** Bytes of chance: 64 letters, which nobody guesses. */
const BYTES = 48;

/** A secret of this machine's own, made when it is first asked for and kept in a file that root alone reads. */
export async function generatedOnce(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await replaceFile(file, randomBytes(BYTES).toString('base64url'), 0o400);
    return generatedOnce(file);
  }
}
