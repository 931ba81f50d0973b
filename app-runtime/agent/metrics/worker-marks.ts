import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a gateway's workers have put down. docs/gateway-contract.md says how. */
export interface Marked {
  /** Requests that they can work on at once. */
  readonly threads: number;
  /** Threads that have a request. */
  readonly busy: number;
  /** Connections that a worker has accepted and that wait for one of its threads. */
  readonly waiting: number;
}

/** After a byte for each thread come this many that count who waits. */
const COUNT = 2;

const NONE: Marked = { threads: 0, busy: 0, waiting: 0 };

/**
 * Reads the marks of a slot's workers. A worker that is dead has no request, whatever its mark says: its gateway removes that a moment later.
 * @param folder where each worker has a file, named by its process id; one that is not there holds none
 */
export async function readMarks(folder: string): Promise<Marked> {
  const workers = (await readdir(folder).catch(() => [])).filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}`));
  const marks = await Promise.all(workers.map(async (worker) => read(await readFile(join(folder, worker)).catch(() => Buffer.alloc(0)))));
  return marks.reduce((sum, mark) => ({ threads: sum.threads + mark.threads, busy: sum.busy + mark.busy, waiting: sum.waiting + mark.waiting }), NONE);
}

/** What a mark says; one that is only just being made says nothing yet. */
export function read(mark: Buffer): Marked {
  if (mark.length <= COUNT) return NONE;
  const threads = mark.subarray(0, -COUNT);
  return { threads: threads.length, busy: threads.filter((byte) => byte === 1).length, waiting: mark.readUInt16LE(threads.length) };
}
