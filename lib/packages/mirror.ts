import { createHash } from 'node:crypto';
import { EnvHttpProxyAgent, fetch, RetryAgent } from 'undici';
import { refuse } from '../refuse.js';

/** Debian's own address, which leads to a mirror near by. */
const MIRROR = 'https://deb.debian.org';

/** Where packages of Debian 13 come from: the release, what was added to it since, and mended faults. As in the sources of its own image. */
export const ARCHIVES = [
  { archive: 'debian', suite: 'trixie' },
  { archive: 'debian', suite: 'trixie-updates' },
  { archive: 'debian-security', suite: 'trixie-security' },
] as const;

export type Archive = (typeof ARCHIVES)[number];

/** Milliseconds without a byte until an answer is given up, and how often it is asked for again. */
const SILENCE = 10_000;
const RETRIES = 2;

/** Through a proxy where HTTPS_PROXY names one. */
const dispatcher = new RetryAgent(new EnvHttpProxyAgent({ headersTimeout: SILENCE, bodyTimeout: SILENCE, connectTimeout: SILENCE }), { maxRetries: RETRIES });

export const addressOf = (archive: Archive['archive'], path: string): string => `${MIRROR}/${archive}/${path}`;

/**
 * Fetches a file.
 * @throws Refusal when it does not come
 */
export async function get(address: string): Promise<Buffer> {
  try {
    const answer = await fetch(address, { dispatcher });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return Buffer.from(await answer.arrayBuffer());
  } catch (error) {
    const { cause, message } = error as Error & { cause?: Error & { code?: string } };
    return refuse(address, 'this computer must reach Debian\'s mirror', cause?.code ?? cause?.message ?? message, 'check the network, or set HTTPS_PROXY to its proxy');
  }
}

/**
 * Fetches a file whose bytes are known.
 * @throws Refusal when other bytes come
 */
export async function getExactly(address: string, sha256: string): Promise<Buffer> {
  const bytes = await get(address);
  const got = createHash('sha256').update(bytes).digest('hex');
  if (got !== sha256) refuse(address, `its SHA-256 must be ${sha256}`, got, 'try again on another network: something between this computer and Debian changes what it sends');
  return bytes;
}
