import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { cut } from '../../../../app-runtime/agent/balancing/cut.js';

/** A connection to a server that takes it and never answers, and what becomes of it. */
async function waiting(address: string) {
  const server = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((done) => server.listen(0, address, done));
  const { port } = server.address() as AddressInfo;
  let end: string | undefined;
  const socket = connect(port, address).on('error', ({ code }: NodeJS.ErrnoException) => { end = code; });
  await new Promise((connected) => socket.on('connect', connected));
  return { port, end: () => end, close: () => { socket.destroy(); server.close(); } };
}

test('who waits for a machine that is gone hears that it is, and who waits for another goes on waiting', async () => {
  const [gone, there] = [await waiting('127.0.0.21'), await waiting('127.0.0.22')];
  await cut('127.0.0.21', gone.port);
  await new Promise((later) => setTimeout(later, 100));
  expect([gone.end(), there.end()]).toEqual(['ECONNABORTED', undefined]);
  gone.close();
  there.close();
});
