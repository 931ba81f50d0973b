import { open } from 'node:fs/promises';
import { overTcp, port, socket } from '../../gateway/units.js';
import type { MachineSettings } from '../../settings.js';
import { run } from '../machine/command.js';

/** How long an answer of the kernel is good, in milliseconds: whoever asks meanwhile hears it again. */
const FRESH = 900;

/** Listening sockets come first in the kernel's table, which grows with each connection: 100 of them fit in here. Source: tcp_seek_last_pos in Linux' net/ipv4/tcp_ipv4.c. */
const HEAD = 16 * 1024;

/** The kernel's table of TCP sockets, with the state of one that listens. */
const TABLES = ['/proc/net/tcp', '/proc/net/tcp6'];
const LISTENS = '0A';

let asked: { readonly at: number; readonly answer: Promise<number> } | undefined;

/** Connections that wait in the listen queue of this machine's gateway. What cannot be found out is 0: it must not look like load. */
export function listenBacklog(settings: MachineSettings): Promise<number> {
  if (!asked || Date.now() - asked.at > FRESH) {
    const answer = overTcp(settings) ? tcpBacklog(port) : unixBacklog(socket);
    asked = { at: Date.now(), answer };
  }
  return asked.answer;
}

/** Of a TCP port, at whichever address it listens. */
export async function tcpBacklog(local: number): Promise<number> {
  const tables = await Promise.all(TABLES.map((table) => head(table).catch(() => '')));
  return tables.reduce((sum, table) => sum + inTable(table, local), 0);
}

/** Of a unix socket; the kernel tells it by netlink alone, which `ss` speaks. */
export async function unixBacklog(path: string): Promise<number> {
  const { stdout } = await run(['ss', '-Hlnx', 'src', path]).catch(() => ({ stdout: '' }));
  return inSockets(stdout, path);
}

/** A row is `sl local:port remote:port state send:receive …`, in hexadecimal; the receive queue of a socket that listens is its backlog. */
export function inTable(table: string, wanted: number): number {
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  const ours = rows.filter(([, local = '', , state]) => state === LISTENS && Number.parseInt(local.split(':').at(-1)!, 16) === wanted);
  return ours.reduce((sum, [, , , , queues = '']) => sum + (Number.parseInt(queues.split(':')[1] ?? '', 16) || 0), 0);
}

/** A row is `netid state receive send path inode …`. */
export function inSockets(said: string, path: string): number {
  const ours = said.split('\n').map((line) => line.trim().split(/\s+/)).filter(([, state, , , local]) => state === 'LISTEN' && local === path);
  return ours.reduce((sum, [, , queue = '']) => sum + (Number.parseInt(queue, 10) || 0), 0);
}

async function head(table: string): Promise<string> {
  const file = await open(table);
  try {
    let text = '';
    // The kernel hands out a page at a time.
    for (let part = 'some'; part && text.length < HEAD; text += part) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD);
      part = buffer.toString('latin1', 0, bytesRead);
    }
    return text;
  } finally {
    await file.close();
  }
}
