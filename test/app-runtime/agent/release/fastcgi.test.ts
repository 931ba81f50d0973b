import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { askFastCgi } from '../../../../app-runtime/agent/release/fastcgi.js';
import { temporaryFolder } from '../../../lib/application.js';

const SITE = { root: '/srv/app/public', script: 'index.php' };

/** A gateway that hears a whole question and then says what it is given, byte for byte. */
async function gateway(said: readonly Buffer[]): Promise<{ path: string; heard: () => Buffer }> {
  const path = join(temporaryFolder(), 'gateway.sock');
  let heard = Buffer.alloc(0);
  const server = createServer((socket: Socket) => socket.on('data', (chunk) => {
    heard = Buffer.concat([heard, chunk]);
    // An empty record of what is sent ends the question.
    if (heard.subarray(-8).equals(Buffer.from([1, 5, 0, 1, 0, 0, 0, 0]))) for (const part of said) socket.write(part);
  })).listen(path);
  onTestFinished(() => { server.close(); });
  await new Promise((done) => { server.once('listening', done); });
  return { path, heard: () => heard };
}

/** A record as FPM writes it, padded to eight bytes. */
function record(type: number, content: string): Buffer {
  const padding = (8 - (content.length % 8)) % 8;
  return Buffer.concat([Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 255, padding, 0]), Buffer.from(content), Buffer.alloc(padding)]);
}

const END = record(3, '\0'.repeat(8));
const ask = (path: string, question = '/', timeout = 2000) => askFastCgi({ path }, SITE, question, { host: 'shop.example', 'x-forwarded-proto': 'https' }, timeout);

test('an answer is read whole, however it was cut into pieces', async () => {
  const whole = Buffer.concat([record(6, 'Status: 404 Not Found\r\nX-Paddock-Worker: 12\r\nContent-type: text/html\r\n\r\n<h1>No'), record(7, 'a warning'), record(6, 'where</h1>'), END]);
  for (const size of [1, 5, 1000]) {
    const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) => whole.subarray(index * size, (index + 1) * size));
    const { path } = await gateway(pieces);
    expect(await ask(path)).toEqual({ status: 404, headers: { status: '404 Not Found', 'x-paddock-worker': '12', 'content-type': 'text/html' }, body: '<h1>Nowhere</h1>' });
  }
});

test('without a status it is 200, and the front controller is asked as by HTTPS', async () => {
  const { path, heard } = await gateway([record(6, 'Content-type: text/plain\r\n\r\nwell'), END]);
  expect((await ask(path, '/ready?deep=1')).status).toBe(200);
  const said = heard().toString('latin1');
  for (const pair of ['SCRIPT_FILENAME/srv/app/public/index.php', 'REQUEST_URI/ready?deep=1', 'QUERY_STRINGdeep=1', 'HTTP_HOSTshop.example', 'HTTPSon']) expect(said).toContain(pair);
});

test('nobody who answers in time is an error, as is a connection that closes before', async () => {
  const { path } = await gateway([record(6, 'Content-type: text/plain\r\n\r\nha')]);
  await expect(ask(path, '/', 200)).rejects.toThrow('no answer within 0.2 s');
  await expect(ask(`${path}.nowhere`)).rejects.toThrow('ENOENT');
});
