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
  /** The application's own exception and its place, in one line. @default - it raised none */
  readonly cause?: string;
  /** What the application answered last when it was asked whether it is ready. @default - it was not asked, or did not answer */
  readonly readiness?: string;
  /** What still serves. */
  readonly serves: string;
  /** The last log lines of the application, the proxy and the release command; the application's traceback comes last. */
  readonly log: readonly string[];
}

/** Name of the parameter that holds a deployment's last words. */
export const lastWordsParameterOf = (deployment: string): string => `/paddock/${deployment}/last-words`;

/** Bytes that a standard parameter takes. Source: the quotas of Parameter Store. */
const PARAMETER = 4096;

/** Bytes that each field may take of it, so that half is left for the log. */
const FIELDS = { error: 1024, cause: 512, readiness: 256 } as const;

/** Characters of a log line, which one that holds a whole document would fill the parameter with. */
const LINE = 500;

/** The words as a parameter's value: log lines are compressed, and as many of the last are kept as there is room for. */
export function pack(words: LastWords): string {
  const fields = Object.entries(FIELDS).map(([name, bytes]) => [name, cut(words[name as keyof typeof FIELDS], bytes)]);
  const told = { ...words, ...Object.fromEntries(fields) as Partial<LastWords> };
  for (let log = words.log.map((line) => line.slice(0, LINE)); ; log = log.slice(Math.ceil(log.length / 8))) {
    const value = noReference(JSON.stringify({ ...told, log: gzipSync(log.join('\n')).toString('base64') }));
    if (Buffer.byteLength(value) <= PARAMETER || log.length === 0) return value;
  }
}

/** Reads what `pack`, or boot.sh, left. */
export function unpack(value: string): LastWords {
  const { log, ...words } = JSON.parse(value) as Omit<LastWords, 'log'> & { log: string };
  return { ...words, log: gunzipSync(Buffer.from(log, 'base64')).toString('utf8').split('\n') };
}

/** A line as any terminal may be given it: without colours and control characters, whoever wrote it. */
export function printable(line: string): string {
  return line.replace(/\x1b\[[\d;:?]*[ -/]*[@-~]/g, '').replace(/(?!\t)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '');
}

function cut(text: string | undefined, bytes: number): string | undefined {
  if (text === undefined || Buffer.byteLength(noReference(JSON.stringify(text))) <= bytes) return text;
  return cut(text.slice(0, -Math.ceil(text.length / 16)), bytes);
}

/** Parameter Store refuses a value with `{{`, which it takes for a reference to another one, and a template's error may well quote. */
function noReference(json: string): string {
  return json.replaceAll('{{', '{\\u007b');
}
