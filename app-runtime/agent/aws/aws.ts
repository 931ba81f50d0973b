import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sign } from 'aws4';
import type { S3Object } from '../../settings.js';
import { ask, open } from './http.js';
import type { Credentials, Metadata } from './metadata.js';
import { retry } from './retry.js';

/** What AWS answered instead of doing it. */
export class AwsError extends Error {
  constructor(readonly status: number, readonly code: string, message: string) {
    super(message);
  }
}

/** Services that speak the Query protocol, by the name that their addresses and signatures have. */
export type QueryService = 'autoscaling' | 'cloudformation' | 'ec2' | 'elasticloadbalancing' | 'monitoring' | 'sts';

/** Renewed this many milliseconds before they end: the metadata service has new ones five minutes ahead. */
const RENEWAL = 240_000;

/**
 * The few calls of AWS that a machine makes, signed with its instance role. Signed requests rather than the SDK, which alone would
 * take more memory than the whole agent may have.
 */
export class Aws {
  private held: Credentials | undefined;
  private domain: string | undefined;

  constructor(private readonly metadata: Metadata, private readonly region: string) {}

  /**
   * A call of a service with the Query protocol.
   * @param limit how long what passes is tried again, in seconds
   */
  async query(service: QueryService, action: string, version: string, parameters: Readonly<Record<string, string>>, limit = 60): Promise<string> {
    const body = new URLSearchParams({ Action: action, Version: version, ...parameters }).toString();
    return this.call(service, { 'content-type': 'application/x-www-form-urlencoded' }, body, (text) => ({
      code: /<Code>(.*?)<\/Code>/s.exec(text)?.[1] ?? 'Unknown',
      message: /<Message>(.*?)<\/Message>/s.exec(text)?.[1] ?? text.slice(0, 200),
    }), limit);
  }

  /** A call of Systems Manager. */
  async ssm(action: string, input: unknown): Promise<Record<string, any>> {
    return this.json('ssm', `AmazonSSM.${action}`, input);
  }

  /** A call of Secrets Manager. */
  async secrets(action: string, input: unknown): Promise<Record<string, any>> {
    return this.json('secretsmanager', `secretsmanager.${action}`, input);
  }

  private async json(service: string, target: string, input: unknown): Promise<Record<string, any>> {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
    return JSON.parse(await this.call(service, headers, JSON.stringify(input), (text) => {
      const { __type = 'Unknown', message, Message = text.slice(0, 200) } = JSON.parse(text) as Record<string, string>;
      return { code: __type.split('#').at(-1)!, message: message ?? Message };
    })) as Record<string, any>;
  }

  /** Downloads an object to a file and returns the SHA-256 of what arrived, in hexadecimal. */
  async download({ bucket, key }: Pick<S3Object, 'bucket' | 'key'>, file: string): Promise<string> {
    // A new role's first calls may be refused for some seconds, until IAM has told every server of it.
    return retry(60, async () => {
      const answer = await this.signed('s3', 'GET', `${bucket}.s3.${this.region}`, `/${key}`);
      if (answer.statusCode !== 200) {
        answer.resume();
        throw new AwsError(answer.statusCode ?? 0, 'Download', `S3 must answer 200 for ${bucket}/${key}, got ${answer.statusCode}; see whether the object and the role's right to it are there`);
      }
      return save(answer, file);
    });
  }

  private async call(service: string, headers: Record<string, string>, body: string, read: (text: string) => { code: string; message: string }, limit = 60): Promise<string> {
    return retry(limit, async () => {
      const answer = await ask(await this.options(service, 'POST', `${service}.${this.region}`, '/', headers, body), body);
      if (answer.status === 200) return answer.body;
      const { code, message } = read(answer.body);
      throw new AwsError(answer.status, code, `${service}: ${code}: ${message}`);
    }, passing);
  }

  private async signed(service: string, method: string, host: string, path: string): Promise<IncomingMessage> {
    return open(await this.options(service, method, host, path, {}));
  }

  private async options(service: string, method: string, host: string, path: string, headers: Record<string, string>, body?: string) {
    this.domain ??= await this.metadata.domain();
    if (!this.held || this.held.expires < Date.now() + RENEWAL) this.held = await this.metadata.credentials();
    const request = { service, region: this.region, method, protocol: 'https:', host: `${host}.${this.domain}`, path, headers, ...(body === undefined ? {} : { body }) };
    return { ...sign(request, this.held), protocol: 'https:' };
  }
}

/** Whether time mends it: the network, a throttle, a fault of theirs, or rights that have not arrived everywhere yet. */
function passing(error: Error): boolean {
  if (!(error instanceof AwsError)) return true;
  return error.status >= 500 || error.status === 429 || error.status === 403 || /Throttl|RequestLimit|AccessDenied|Unauthorized/.test(error.code);
}

async function save(answer: IncomingMessage, file: string): Promise<string> {
  const hash = createHash('sha256');
  const hashing = new Transform({ transform(chunk: Buffer, _encoding, done) { hash.update(chunk); done(null, chunk); } });
  await pipeline(answer, hashing, createWriteStream(file, { mode: 0o600 }));
  return hash.digest('hex');
}
