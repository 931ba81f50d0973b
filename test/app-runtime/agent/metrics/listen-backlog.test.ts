import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { inSockets, inTable, tcpBacklog, unixBacklog } from '../../../../app-runtime/agent/metrics/listen-backlog.js';
import { freePort } from '../../ground.js';

const scratch = mkdtempSync(join(tmpdir(), 'paddock-backlog-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Listens, has so many callers, and accepts none, for as long as the work takes. */
async function calls(family: string, address: string, count: number, work: () => Promise<void>): Promise<void> {
  const program = [
    'import socket, sys', `family, address = socket.${family}, ${address}`, 'here = socket.socket(family)', 'here.bind(address)', 'here.listen(50)', 'callers = []',
    `for _ in range(${count}):`, '    caller = socket.socket(family)', '    caller.connect(address)', '    callers.append(caller)', 'print("ready", flush=True)', 'sys.stdin.read()',
  ].join('\n');
  const child = spawn('python3', ['-c', program]);
  try {
    await once(child.stdout, 'data');
    await work();
  } finally {
    child.kill();
  }
}

test('callers of a TCP port that nobody accepts are its backlog, in IPv4 and in IPv6', async () => {
  const port = await freePort();
  await calls('AF_INET', `("127.0.0.1", ${port})`, 9, async () => expect(await tcpBacklog(port)).toBe(9));
  await calls('AF_INET6', `("::1", ${port})`, 4, async () => expect(await tcpBacklog(port)).toBe(4));
});

test('callers of a unix socket that nobody accepts are its backlog', async () => {
  const path = join(scratch, 'gateway.sock');
  await calls('AF_UNIX', JSON.stringify(path), 5, async () => expect(await unixBacklog(path)).toBe(5));
});

test('where nobody listens there is none', async () => {
  expect(await tcpBacklog(await freePort())).toBe(0);
  expect(await unixBacklog(join(scratch, 'nobody.sock'))).toBe(0);
});

test('a connection on the same port is no backlog, and a line of another form is passed over', () => {
  const row = (local: string, state: string, queues: string) => `   0: ${local} 00000000:0000 ${state} ${queues} 00:00000000 00000000     0        0 398868 1`;
  const table = ['  sl  local_address rem_address   st tx_queue rx_queue', row('00000000:1F40', '0A', '00000000:0000001A'), row('0100007F:1F40', '01', '00000000:000000FF'), row('0100007F:1F41', '0A', '00000000:00000007'), 'half a line', ''].join('\n');
  expect(inTable(table, 8000)).toBe(26);
  expect(inTable('', 8000)).toBe(0);
  expect(inSockets('u_str LISTEN 3 4096 /run/app/gateway.sock 12 * 0\nu_str LISTEN 8 50 /run/app/gateway.sock.old 13 * 0\nu_dgr UNCONN 0 0 x\n', '/run/app/gateway.sock')).toBe(3);
});

test('this computer has what asks for it', () => {
  expect(execFileSync('ss', ['-V'], { encoding: 'utf8' })).toContain('iproute2');
});
