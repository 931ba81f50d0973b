import { releaseService, service } from '../gateways/gunicorn/gunicorn.js';
import { UNIT } from '../proxies/nginx/nginx.js';
import { run } from './command.js';

/** Lines that are enough to hold an exception, its cause and what systemd made of it. */
const LINES = 150;

/** The last lines of the application, the release command and the proxy since a moment, given in milliseconds since 1970. */
export async function lastLines(since: number): Promise<string[]> {
  const units = [service, releaseService, UNIT].flatMap((unit) => ['-u', unit]);
  const { stdout } = await run(['journalctl', '--no-pager', '-o', 'cat', '-n', String(LINES), '--since', `@${Math.floor(since / 1000)}`, ...units]);
  return stdout.trim().split('\n');
}
