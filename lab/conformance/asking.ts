/** Asking: one question to a site, on a connection of its own. */
import { type IncomingMessage, request, type RequestOptions } from 'node:http';
import type { Subject } from './subject.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Milliseconds from the question to each part of the body. */
  readonly parts: readonly number[];
  /** Address that was asked from: the visitor's own. */
  readonly from: string;
}

export function ask(site: Subject, path: string, options: RequestOptions = {}, body: Iterable<Uint8Array> = []): Promise<Answer> {
  const began = Date.now();
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, site.url), { agent: false, ...options }, (answer) => {
      const [chunks, parts]: [Buffer[], number[]] = [[], []];
      const from = answer.socket.localAddress ?? '';
      answer.on('data', (chunk: Buffer) => { chunks.push(chunk); parts.push(Date.now() - began); });
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks).toString('utf8'), parts, from }));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    for (const part of body) sent.write(part);
    sent.end();
  });
}

export function must(holds: boolean, what: string, got: unknown): void {
  if (!holds) throw new Error(`${what}, got ${typeof got === 'string' ? got.slice(0, 300) : JSON.stringify(got)}`);
}

export async function good(site: Subject, path: string, options?: RequestOptions, body?: Iterable<Uint8Array>): Promise<Answer> {
  const answer = await ask(site, path, options, body);
  must(answer.status === 200, `${path} must answer 200`, `${answer.status} ${answer.body}`);
  return answer;
}
