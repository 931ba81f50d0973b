import { statfs } from 'node:fs/promises';
import { places } from './places.js';

/** What must stay free for logs, the database's growth and the release that is to come, in MiB. A large Django site unpacks to 200. */
const FLOOR = 512;

/**
 * Looks whether there is room for a release.
 * @throws Error when a disk has less than the floor free
 */
export async function refuseFullDisk(): Promise<void> {
  for (const folder of [places.releases, places.data]) {
    const { bavail, bsize } = await statfs(folder);
    const free = Math.floor((bavail * bsize) / 2 ** 20);
    if (free < FLOOR) throw new Error(`${folder}: ${FLOOR} MiB must be free before a release comes, got ${free} MiB; remove what fills the disk, or give it a larger one`);
  }
}
