import { gunzipSync, gzipSync } from 'node:zlib';

/** What the last failure on a machine leaves behind for `npm run why`, in an SSM parameter that outlives it. */
export interface LastWords {
  readonly instance: string;
  /** ISO 8601. */
  readonly at: string;
  /** Digest of the release that the step was taken for; empty when the machine did not get that far. */
  readonly release: string;
  readonly step: string;
  /** One line in the house form. */
  readonly error: string;
  /** What still serves. */
  readonly serves: string;
  /** The last log lines of the application, the proxy and the release command. */
  readonly log: readonly string[];
}

/** Name of the parameter that holds a deployment's last words. */
export const lastWordsParameterOf = (deployment: string): string => `/paddock/${deployment}/last-words`;

/** Bytes that a standard parameter takes. Source: the quotas of Parameter Store. */
const PARAMETER = 4096;

/** The words as a parameter's value: log lines are compressed, and as many of the last are kept as there is room for. */
export function pack(words: LastWords): string {
  const error = words.error.slice(0, PARAMETER / 4);
  for (let { log } = words; ; log = log.slice(Math.ceil(log.length / 8))) {
    const value = JSON.stringify({ ...words, error, log: gzipSync(log.join('\n')).toString('base64') });
    if (Buffer.byteLength(value) <= PARAMETER || log.length === 0) return value;
  }
}

/** Reads what `pack`, or boot.sh, left. */
export function unpack(value: string): LastWords {
  const { log, ...words } = JSON.parse(value) as Omit<LastWords, 'log'> & { log: string };
  return { ...words, log: gunzipSync(Buffer.from(log, 'base64')).toString('utf8').split('\n') };
}
