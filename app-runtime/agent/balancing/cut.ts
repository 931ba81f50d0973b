import { run } from '../machine/command.js';
import { log } from '../machine/log.js';

/**
 * Breaks off the connections to a machine that is gone, or hangs as a whole: whoever waits there for an answer would wait for the whole
 * request budget, because it does not say so. nginx sends what may be asked twice to another server.
 */
export async function cut(host: string, port: number): Promise<void> {
  const { code, stdout, stderr } = await run(['ss', '-KHnt', 'dst', host, 'dport', '=', `:${port}`]);
  const connections = stdout.split('\n').filter(Boolean).length;
  if (code !== 0) log('could not cut connections', { server: host, error: stderr.trim() });
  else if (connections > 0) log('cut connections', { server: host, connections });
}
