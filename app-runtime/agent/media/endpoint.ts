import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { mediaCredentials } from '../../media.js';
import type { Credentials } from '../aws/metadata.js';
import { log } from '../machine/log.js';

/** What it hands out and to whom. */
export interface Handing {
  readonly credentials: () => Promise<Credentials>;
  /** Who asks must know it. */
  readonly token: () => Promise<string>;
}

/**
 * Hands out credentials on the loopback as a container's agent does, which every SDK of AWS asks when its environment says where. Source: the SDKs'
 * reference guide, container credential provider.
 * @param port @default - the one that the application's environment names
 * @throws Error when somebody else listens there
 */
export async function handOut(handing: Handing, port: number = mediaCredentials.port): Promise<Server> {
  const server = createServer((question, answer) => {
    void respond(handing, question).catch((error: Error) => {
      log('could not hand out credentials', { error: error.message });
      return { status: 503, body: { code: 'CredentialsUnavailable', message: error.message } };
    }).then(({ status, body }) => answer.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body)));
  });
  await new Promise<void>((done, failed) => server.once('error', failed).listen(port, mediaCredentials.host, done));
  return server;
}

async function respond({ credentials, token }: Handing, { method, url, headers: { authorization = '' } }: IncomingMessage): Promise<{ readonly status: number; readonly body: object }> {
  if (!equal(authorization, await token())) return { status: 403, body: { code: 'AccessDenied', message: 'the token must be that of the application' } };
  if (method !== 'GET' || url !== mediaCredentials.path) return { status: 404, body: { code: 'NotFound', message: `${mediaCredentials.path} is all there is` } };
  const { accessKeyId, secretAccessKey, sessionToken, expires } = await credentials();
  return { status: 200, body: { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken, Expiration: new Date(expires).toISOString() } };
}

function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
