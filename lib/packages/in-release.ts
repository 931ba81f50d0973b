import { readFileSync } from 'node:fs';
import { readCleartextMessage, readKeys, verify } from 'openpgp';
import { refuse } from '../refuse.js';

/** Keys by which Debian signs Debian 13, as its own image has them: https://ftp-master.debian.org/keys.html. */
const KEYS = new URL('debian-keys.asc', import.meta.url);

/** SHA-256 of each index of an archive, by its path. */
export type Digests = ReadonlyMap<string, string>;

/**
 * Reads an archive's `InRelease`, and believes nothing in it that Debian did not sign.
 * @param where its address
 * @param now the time, for a mirror that stands still: an archive that changes daily says until when it holds
 * @throws Refusal when none of Debian's keys signed it, or when it is too old
 */
export async function readInRelease(text: string, where: string, now = new Date()): Promise<Digests> {
  const signed = await signedText(text).catch(() => refuse(where, 'Debian must have signed its index', 'one without a good signature',
    'try again on another network: something between this computer and Debian changes what it sends'));
  const until = /^Valid-Until: (.*)$/m.exec(signed)?.[1];
  if (until !== undefined && new Date(until) < now) {
    refuse(where, 'the index must be of these days', `one that was good until ${until}`, 'try again later: the mirror stands still, or the clock of this computer is wrong');
  }
  const [, listed = ''] = /^SHA256:\n((?: .*\n?)*)/m.exec(signed) ?? [];
  return new Map([...listed.matchAll(/^ ([0-9a-f]{64}) +\d+ (\S+)$/gm)].map(([, digest, path]) => [path!, digest!]));
}

/** @throws Error when not one signature is good. There are several: keys of the Debian before this one sign too, and are not known here */
async function signedText(text: string): Promise<string> {
  const message = await readCleartextMessage({ cleartextMessage: text });
  const { data, signatures } = await verify({ message, verificationKeys: await readKeys({ armoredKeys: readFileSync(KEYS, 'utf8') }) });
  await Promise.any(signatures.map(({ verified }) => verified));
  return data.replace(/\r\n/g, '\n');
}
