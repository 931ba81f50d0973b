/** Promises: what every gateway keeps, each with how it is asked on a site that was deployed for it. */
import { createHash, randomBytes } from 'node:crypto';
import { Agent, type IncomingMessage, request, type RequestOptions } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { gatewayNamed } from '../../app-runtime/gateways.js';
import { Load, placeOf } from '../scenarios/load.js';
import { eventually } from '../scenarios/stage.js';
import type { Subject } from './subject.js';

export interface Promised {
  /** As the table's column calls it. */
  readonly title: string;
  /** What is asked, for whoever reads the table. */
  readonly what: string;
  /**
   * Finds out whether it is kept.
   * @returns what was measured, where that tells more than that it is kept
   * @throws Error with what came instead
   */
  readonly keep: (site: Subject, extent: Extent) => Promise<string | void>;
}

/** How long one asks. */
export interface Extent {
  /** Releases that take over one after another while visitors ask. */
  readonly switches: number;
}

const MIB = 2 ** 20;
/** What a unit of the application may expose at the most, by systemd's own count from 0 to 10. */
const EXPOSED = 1.2;
/** Request ids are nginx's own: 32 hexadecimal digits. */
const ID = /^[0-9a-f]{32}$/;

export const promises: readonly Promised[] = [
  { title: 'serves', what: 'its page answers 200', keep: serves },
  { title: 'static files', what: 'the proxy serves them, a hashed name for a year, another one with a question a minute', keep: staticFiles },
  { title: '10 MB body', what: 'arrives whole', keep: largeBody },
  { title: '11 MB body', what: 'is refused with 413, and never reaches the application', keep: tooLargeBody },
  { title: '25 s answer', what: 'is waited for', keep: slowAnswer },
  { title: 'chunked upload', what: 'arrives whole, without a length', keep: chunkedUpload },
  { title: 'streams', what: 'the parts of an answer come as they are sent, when the application asks for it', keep: streams },
  { title: 'WebSocket', what: 'what is sent comes back, through the proxy', keep: webSocket },
  { title: 'headers', what: 'a visitor can forge neither who they are nor how they came, and a foreign host is turned away', keep: forgedHeaders },
  { title: 'log', what: 'one JSON line a request, and the same request id in the log of the application', keep: log },
  { title: 'worker killed', what: 'the site answers, and there are as many workers again', keep: workerKilled },
  { title: 'app killed', what: 'the site answers again', keep: appKilled },
  { title: 'broken release', what: 'is refused, and what served goes on', keep: brokenRelease },
  { title: 'switch', what: 'releases take over under load, and no request is lost', keep: switches },
  { title: 'drain', what: 'a request that began before a switch is answered after it, and the old release ends inside the budget', keep: drain },
  { title: 'memory', what: 'all processes of the application, after all this, in proportion to what they share', keep: memory },
  { title: 'sandbox', what: `systemd counts an exposure of ${EXPOSED} at the most`, keep: sandbox },
];

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Milliseconds from the question to each part of the body. */
  readonly parts: readonly number[];
}

/** Asks on a connection of its own. */
function ask(site: Subject, path: string, options: RequestOptions = {}, body: Iterable<Uint8Array> = []): Promise<Answer> {
  const began = Date.now();
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, site.url), { agent: false, ...options }, (answer) => {
      const [chunks, parts]: [Buffer[], number[]] = [[], []];
      answer.on('data', (chunk: Buffer) => { chunks.push(chunk); parts.push(Date.now() - began); });
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks).toString('utf8'), parts }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    for (const part of body) sent.write(part);
    sent.end();
  });
}

function must(holds: boolean, what: string, got: unknown): void {
  if (!holds) throw new Error(`${what}, got ${typeof got === 'string' ? got.slice(0, 300) : JSON.stringify(got)}`);
}

async function good(site: Subject, path: string, options?: RequestOptions, body?: Iterable<Uint8Array>): Promise<Answer> {
  const answer = await ask(site, path, options, body);
  must(answer.status === 200, `${path} must answer 200`, `${answer.status} ${answer.body}`);
  return answer;
}

/** What the application says it received. */
async function upload(site: Subject, sent: Buffer, headers: Record<string, string>, parts: Iterable<Uint8Array>): Promise<void> {
  const { body } = await good(site, '/upload', { method: 'POST', headers: { 'content-type': 'application/octet-stream', ...headers } }, parts);
  const received = JSON.parse(body) as { bytes: number; sha256: string };
  const wanted = { bytes: sent.length, sha256: createHash('sha256').update(sent).digest('hex') };
  must(received.bytes === wanted.bytes && received.sha256 === wanted.sha256, `${wanted.bytes} bytes must arrive whole`, received);
}

async function serves(site: Subject): Promise<void> {
  must(/Paddock/.test((await good(site, '/')).body), '/ must be the example\'s page', (await good(site, '/')).body);
}

async function staticFiles(site: Subject): Promise<void> {
  const { url } = site.statics();
  const [hashed, plain] = await Promise.all(['page.0123456789ab.css', 'page.css'].map((name) => good(site, url + name)));
  must(hashed!.headers['cache-control'] === 'public, max-age=31536000, immutable', 'a hashed file must be kept for a year', hashed!.headers);
  must(plain!.headers['cache-control'] === 'public, max-age=60, must-revalidate', 'another file must be asked for each minute', plain!.headers);
}

async function largeBody(site: Subject): Promise<void> {
  const body = randomBytes(10 * MIB - 1024);
  await upload(site, body, { 'content-length': String(body.length) }, [body]);
}

async function tooLargeBody(site: Subject): Promise<void> {
  const body = Buffer.alloc(11 * MIB);
  const answer = await ask(site, '/upload', { method: 'POST', headers: { 'content-length': String(body.length), expect: '100-continue' } });
  must(answer.status === 413, '11 MB must be refused with 413', answer.status);
}

async function slowAnswer(site: Subject): Promise<void> {
  await good(site, '/work?wait=25000');
}

async function chunkedUpload(site: Subject): Promise<void> {
  const parts = Array.from({ length: 32 }, () => randomBytes(64 * 1024 + 7));
  await upload(site, Buffer.concat(parts), { 'transfer-encoding': 'chunked' }, parts);
}

async function streams(site: Subject): Promise<string> {
  const { body, parts } = await good(site, '/stream');
  must(body.trim().split('\n').length === 10, '/stream must have ten lines', body);
  const [first, last] = [parts[0]!, parts.at(-1)!];
  must(parts.length >= 8 && last - first > 1000, 'the lines must come one by one', `${parts.length} parts from ${first} to ${last} ms`);
  return `first part after ${first} ms, last after ${last}`;
}

/** Sends a text by a WebSocket and hears it again. Frames are those of RFC 6455: a short text, masked with nothing. */
async function webSocket(site: Subject): Promise<string | void> {
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

interface Told {
  readonly scheme: string;
  readonly host: string;
  readonly client: string;
  readonly worker: number;
  readonly headers: Readonly<Record<string, string>>;
}

async function forgedHeaders(site: Subject): Promise<void> {
  const forged = { 'X-Forwarded-For': '6.6.6.6', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Port': '443', 'X-Real-IP': '6.6.6.6', Forwarded: 'for=6.6.6.6;proto=https',
    'X-Forwarded-User': 'root', 'Remote-User': 'root', 'X-Original-URL': '/evil', 'X-Forwarded-Prefix': '/evil', Proxy: 'http://evil.example' };
  const told = JSON.parse((await good(site, '/request', { headers: forged })).body) as Told;
  must(!/6\.6\.6\.6|evil|root/.test(JSON.stringify(told)), 'nothing that a visitor says of themselves may reach the application', told);
  const { hostname } = new URL(site.url);
  must(told.scheme === 'http' && told.host.split(':')[0] === hostname, `it must know that it was asked for http://${hostname}`, told);
  must(ID.test(told.headers['x-request-id'] ?? ''), 'it must be told the request\'s id', told.headers);
  const foreign = await ask(site, '/', { headers: { host: 'evil.example' } }).then(({ status }) => status, (error: NodeJS.ErrnoException) => error.code ?? error.message);
  must(foreign !== 200, 'a foreign host must be turned away', foreign);
}

async function log(site: Subject): Promise<void> {
  const { headers } = JSON.parse((await good(site, '/request')).body) as Told;
  const id = headers['x-request-id']!;
  const lines = await eventually(10, () => site.journal(id), (found) => found.length >= 2);
  const events = lines.map((line) => (JSON.parse(line) as { event: string }).event).sort();
  must(events.join() === 'answered request,asked', 'proxy and application must each say one line of JSON with the request\'s id', lines);
}

async function workerKilled(site: Subject): Promise<string> {
  const before = await site.workers();
  await site.inMachine(`kill -9 ${before[0]}`);
  const began = Date.now();
  await eventually(15, () => good(site, '/'), () => true);
  // A worker of some gateways shows itself with a request.
  await eventually(15, async () => { await good(site, '/'); return site.workers(); }, (now) => now.length === before.length && !now.includes(before[0]!));
  return `${before.length} again after ${((Date.now() - began) / 1000).toFixed(0)} s`;
}

async function appKilled(site: Subject): Promise<string> {
  const { unit, main } = await site.serving();
  await site.inMachine(`systemctl kill --kill-whom=all --signal=KILL ${unit}`);
  const began = Date.now();
  await eventually(20, () => good(site, '/', { timeout: 20_000 }), () => true);
  await eventually(20, () => site.serving(), (now) => now.main !== main);
  return `answers after ${((Date.now() - began) / 1000).toFixed(0)} s`;
}

async function brokenRelease(site: Subject): Promise<void> {
  const before = await site.machine();
  const { code, text } = await site.tryDeploy('-c', 'readinessPath=/nowhere', '-c', 'startTime=10');
  must(code === 1, 'a deploy whose readiness path answers 404 must fail', text);
  must(/404/.test(text), 'it must say what was answered', text.trim().split('\n').slice(-8).join(' | '));
  must((await site.machine()).release === before.release, 'what served must go on', (await site.machine()).release);
  await good(site, '/');
}

async function switches(site: Subject, extent: Extent): Promise<string> {
  const load = new Load(placeOf(site.url), { connections: 8, every: 20, path: (wait) => `/work?wait=${wait}` });
  try {
    for (let count = 0; count < extent.switches; count++) await site.serveNext();
  } finally {
    await load.end();
  }
  const { asked } = load;
  const faults = asked.filter(({ fault }) => fault !== undefined);
  must(faults.length === 0, `of ${asked.length} requests none may be lost over ${extent.switches} switches`, faults.slice(0, 3).map(({ fault }) => fault));
  const releases = new Set(asked.map(({ release }) => release));
  must(releases.size === extent.switches + 1, `each of ${extent.switches + 1} releases must have answered`, releases.size);
  return `${asked.length} requests over ${extent.switches} switches, 0 lost`;
}

async function drain(site: Subject): Promise<string | void> {
  const { unit } = await site.serving();
  const slow = ask(site, '/work?wait=12000', { agent: new Agent() });
  await pause(500);
  site.next();
  await site.deploy();
  const { status } = await slow;
  must(status === 200, 'a request that began before the switch must be answered', status);
  // There its server is gone as a whole.
  if (site.topology === 'split-tier') return;
  const began = Date.now();
  await eventually(35, () => site.inMachine(`systemctl is-active ${unit} || true`), (said) => /inactive|failed/.test(said));
  const said = await site.inMachine(`systemctl show -p Result --value ${unit}`);
  must(/success/.test(said), 'the old release must end by itself', said);
  return `ended ${((Date.now() - began) / 1000).toFixed(0)} s after its last answer`;
}

async function memory(site: Subject): Promise<string> {
  const { unit } = await site.serving();
  const text = await site.inMachine(`for pid in $(cat /sys/fs/cgroup/system.slice/${unit}/cgroup.procs); do grep ^Pss: /proc/$pid/smaps_rollup; done`);
  const kib = [...text.matchAll(/^Pss:\s+(\d+) kB/gm)].map(([, size]) => Number(size));
  must(kib.length > 0, 'the processes must tell what they take', text);
  return `${Math.round(kib.reduce((sum, size) => sum + size, 0) / 1024)} MiB with ${(await site.workers()).length} workers`;
}

async function sandbox(site: Subject): Promise<string> {
  const { unit } = await site.serving();
  const text = await site.inMachine(`systemd-analyze security ${unit} | tail -1`);
  const score = Number(/([\d.]+)\s+OK|exposure level[^:]*: ([\d.]+)/.exec(text)?.slice(1).find((found) => found !== undefined));
  must(score <= EXPOSED, `systemd must count ${EXPOSED} at the most`, text);
  return score.toFixed(1);
}
