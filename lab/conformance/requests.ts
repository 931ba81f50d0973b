/** Requests: what a visitor may expect of every answer. */
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { gatewayNamed } from '../../app-runtime/gateways.js';
import { eventually } from '../scenarios/stage.js';
import { ask, good, must } from './asking.js';
import type { Subject } from './subject.js';

const MIB = 2 ** 20;
/** A request id: the proxy makes it. */
const ID = /^[0-9a-f]{32}$/;

/** What the application says it received. */
async function upload(site: Subject, sent: Buffer, headers: Record<string, string>, parts: Iterable<Uint8Array>): Promise<void> {
  const { body } = await good(site, '/upload', { method: 'POST', headers: { 'content-type': 'application/octet-stream', ...headers } }, parts);
  const received = JSON.parse(body) as { bytes: number; sha256: string };
  const wanted = { bytes: sent.length, sha256: createHash('sha256').update(sent).digest('hex') };
  must(received.bytes === wanted.bytes && received.sha256 === wanted.sha256, `${wanted.bytes} bytes must arrive whole`, received);
}

export async function serves(site: Subject): Promise<void> {
  must(/Paddock/.test((await good(site, '/')).body), '/ must be the example\'s page', (await good(site, '/')).body);
}

export async function staticFiles(site: Subject): Promise<void> {
  const { url } = site.statics();
  const [hashed, plain] = await Promise.all(['page.0123456789ab.css', 'page.css'].map((name) => good(site, url + name)));
  must(hashed!.headers['cache-control'] === 'public, max-age=31536000, immutable', 'a hashed file must be kept for a year', hashed!.headers);
  must(plain!.headers['cache-control'] === 'public, max-age=60, must-revalidate', 'another file must be asked for each minute', plain!.headers);
}

export async function largeBody(site: Subject): Promise<void> {
  await bodyOf(site, 10);
}

/** Sends a body of nearly so many MiB. @throws Error unless the application says that it received it */
export async function bodyOf(site: Subject, mib: number): Promise<void> {
  const body = randomBytes(mib * MIB - 1024);
  await upload(site, body, { 'content-length': String(body.length) }, [body]);
}

export async function tooLargeBody(site: Subject): Promise<void> {
  const body = Buffer.alloc(11 * MIB);
  const answer = await ask(site, '/upload', { method: 'POST', headers: { 'content-length': String(body.length), expect: '100-continue' } });
  must(answer.status === 413, '11 MB must be refused with 413', answer.status);
  const logged = async () => (await site.journal('"path":"/upload"')).map((line) => JSON.parse(line) as { status?: number; gateway_status?: string }).filter(({ status }) => status === 413);
  const lines = await eventually(10, logged, (found) => found.length > 0);
  must(lines.every(({ gateway_status: asked }) => asked === ''), 'the application must not be asked', lines);
}

export async function slowAnswer(site: Subject): Promise<void> {
  await good(site, '/work?wait=25000');
}

export async function chunkedUpload(site: Subject): Promise<void> {
  const parts = Array.from({ length: 32 }, () => randomBytes(64 * 1024 + 7));
  await upload(site, Buffer.concat(parts), { 'transfer-encoding': 'chunked' }, parts);
}

export async function streams(site: Subject): Promise<string> {
  const { body, parts } = await good(site, '/stream');
  must(body.trim().split('\n').length === 10, '/stream must have ten lines', body);
  const [first, last] = [parts[0]!, parts.at(-1)!];
  must(parts.length >= 8 && last - first > 1000, 'the lines must come one by one', `${parts.length} parts from ${first} to ${last} ms`);
  return `first part after ${first} ms, last after ${last}`;
}

/** Sends a text by a WebSocket and hears it again. Frames are those of RFC 6455: a short text, masked with nothing. */
export async function webSocket(site: Subject): Promise<string | void> {
  if (!gatewayNamed(site.gateway).webSockets) return 'none: requests and answers only';
  const headers = { origin: site.url, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': randomBytes(16).toString('base64') };
  const said = 'hello over there';
  const heard = await new Promise<string>((resolve, reject) => {
    const sent = request(new URL('/echo', site.url), { agent: false, headers, timeout: 10_000 }, (answer) => reject(new Error(`/echo must become a WebSocket, got ${answer.statusCode}`)));
    sent.on('upgrade', (_, socket) => {
      socket.once('data', (frame: Buffer) => { resolve(frame.subarray(2, 2 + (frame[1]! & 0x7f)).toString()); socket.destroy(); });
      socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | said.length, 0, 0, 0, 0]), Buffer.from(said)]));
    });
    sent.on('timeout', () => sent.destroy(new Error('/echo must answer within 10 s, got nothing')));
    sent.on('error', reject);
    sent.end();
  });
  must(heard === said, 'what is sent must come back', heard);
}

/** What an example's /request tells. */
export interface Told {
  readonly scheme: string;
  readonly host: string;
  readonly client: string;
  readonly worker: number;
  readonly headers: Readonly<Record<string, string>>;
}

export async function forgedHeaders(site: Subject): Promise<void> {
  const forged = { 'X-Forwarded-For': '6.6.6.6', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Port': '443', 'X-Real-IP': '6.6.6.6', Forwarded: 'for=6.6.6.6;proto=https',
    'X-Forwarded-User': 'root', 'Remote-User': 'root', 'X-Original-URL': '/evil', 'X-Forwarded-Prefix': '/evil', Proxy: 'http://evil.example' };
  const { body, from } = await good(site, '/request', { headers: forged });
  const told = JSON.parse(body) as Told;
  must(!/6\.6\.6\.6|evil|root/.test(JSON.stringify(told)), 'nothing that a visitor says of themselves may reach the application', told);
  must(told.client === from, `it must know the visitor's own address, ${from}`, told);
  const { hostname } = new URL(site.url);
  must(told.scheme === 'http' && told.host.split(':')[0] === hostname, `it must know that it was asked for http://${hostname}`, told);
  must(ID.test(told.headers['x-request-id'] ?? ''), 'it must be told the request\'s id', told.headers);
  const foreign = await ask(site, '/', { headers: { host: 'evil.example' } }).then(({ status }) => status, (error: NodeJS.ErrnoException) => error.code ?? error.message);
  must(foreign !== 200, 'a foreign host must be turned away', foreign);
}
