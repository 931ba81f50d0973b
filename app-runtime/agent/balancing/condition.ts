import { request } from 'node:http';
import type { HealthReport } from '../fleet/health.js';

/** How an app server answered a balancer's question. */
export type Condition =
  /** It said how it is. */
  | { readonly found: 'answer'; readonly report: HealthReport }
  /** Its machine took the connection, and nothing came: it is too busy, or hangs. */
  | { readonly found: 'silence' }
  /** Its machine is there, and nobody listens: its agent begins anew. */
  | { readonly found: 'refusal' }
  /** Nobody took the connection: the machine is gone, or the way to it. */
  | { readonly found: 'nothing' };

/**
 * Asks a server how it is.
 * @param patience milliseconds
 */
export function ask(host: string, port: number, patience: number): Promise<Condition> {
  return new Promise((resolve) => {
    let found: 'silence' | 'nothing' = 'nothing';
    const question = request({ host, port, path: '/health', agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => { text += part; }).on('end', () => done(read(text)));
    });
    const late = setTimeout(() => done({ found }), patience);
    const done = (condition: Condition) => {
      clearTimeout(late);
      question.destroy();
      resolve(condition);
    };
    question.on('socket', (socket) => socket.on('connect', () => { found = 'silence'; }));
    question.on('error', ({ code }: NodeJS.ErrnoException) => done({ found: code === 'ECONNREFUSED' ? 'refusal' : found }));
    question.end();
  });
}

function read(text: string): Condition {
  try {
    return { found: 'answer', report: JSON.parse(text) as HealthReport };
  } catch {
    return { found: 'silence' };
  }
}
