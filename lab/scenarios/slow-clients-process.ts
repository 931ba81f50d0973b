import { connect, type Socket } from 'node:net';

/**
 * `slow-clients-process.ts <address> <port> <count>`: holds so many connections open, each of which sends the head of a request a byte at a
 * time. One that is closed is made again. Tells each second what came of it; ends with its standard input, and so with whoever started it.
 */
const [address = '', port = '', count = ''] = process.argv.slice(2);

/** Connections that are begun each tick of 100 ms, so that a few thousand of them are no flood. */
const BEGUN = 50;

/** Ticks between two bytes of a connection: the head of a request lasts for minutes. */
const BETWEEN = 30;

const HEAD = `GET / HTTP/1.1\r\nHost: ${address}\r\nUser-Agent: slow\r\nX-Slow: ${'x'.repeat(4000)}`;

const seen = { open: 0, made: 0, refused: 0, closed: 0 };
const clients = new Map<Socket, number>();
let tick = 0;

function begin(): void {
  let connected = false;
  // One that is on its way counts as well: no more than wanted are ever begun.
  const client = connect(Number(port), address, () => { connected = true; seen.made++; });
  clients.set(client, 0);
  client.on('error', () => {}).resume().on('close', () => {
    clients.delete(client);
    if (connected) seen.closed++;
    else seen.refused++;
  });
}

setInterval(() => {
  tick++;
  for (let begun = 0; begun < BEGUN && clients.size < Number(count); begun++) begin();
  let index = 0;
  for (const [client, sent] of clients) {
    if (index++ % BETWEEN !== tick % BETWEEN || client.connecting) continue;
    client.write(HEAD[sent % HEAD.length]!);
    clients.set(client, sent + 1);
  }
  seen.open = [...clients.keys()].filter(({ connecting }) => !connecting).length;
  if (tick % 10 === 0) process.stdout.write(`${JSON.stringify(seen)}\n`);
}, 100);

process.stdin.resume().on('end', () => {
  process.stdout.write(`${JSON.stringify(seen)}\n`);
  process.exit(0);
});
