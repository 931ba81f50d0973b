/**
 * npm run bench:proxies [-- slow clients]: what slow clients cost either proxy, and the visitors beside them, on this computer. Each client sends
 * a body of 100 KB at 1 KB a second.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Site, each, HOST } from '../test/app-runtime/proxies/site.js';
import { shapes } from '../test/app-runtime/machine.js';

/** Milliseconds for which visitors ask, 16 at once. */
const ASKING = 5_000;

const clients = Number(process.argv[2] ?? 400);
if (!Number.isInteger(clients) || clients < 1 || clients > 2000) throw new Error(`bench:proxies: slow clients must be a whole number from 1 to 2000, got ${process.argv[2]}; correct it`);

/** What a process and its children take, in proportion to what they share, in MiB. */
function memory(first: number): number {
  const read = (file: string) => { try { return readFileSync(file, 'utf8'); } catch { return ''; } };
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${name}/status`))?.[1]) === first);
  const own = Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${first}/smaps_rollup`))?.[1] ?? 0) / 1024;
  return children.reduce((sum, child) => sum + memory(Number(child)), own);
}

function slowClient(port: number): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.write(`POST /slow HTTP/1.1\r\nhost: ${HOST}\r\ncontent-length: 100000\r\n\r\n`);
  const sending = setInterval(() => socket.write('x'.repeat(1000)), 1000);
  return socket.on('close', () => clearInterval(sending));
}

/** Requests a second that are answered well, 16 at once. */
async function answered(site: Site): Promise<number> {
  const until = Date.now() + ASKING;
  let count = 0;
  const visit = async () => { while (Date.now() < until) if ((await site.get('/')).status === 200) count++; };
  await Promise.all(Array.from({ length: 16 }, visit));
  return count / (ASKING / 1000);
}

console.log(`${clients} slow clients`);
for (const proxy of each) {
  const site = await Site.start(proxy, shapes['single-node-django-2-cores']);
  const [idle, alone] = [memory(site.pid), await answered(site)];
  const slow = Array.from({ length: clients }, () => slowClient(site.ground.site));
  await pause(3_000);
  const [held, beside] = [memory(site.pid), await answered(site)];
  const reached = site.arrived.filter((question) => question === 'POST /slow').length;
  console.log(`${proxy.padEnd(7)} ${idle.toFixed(0)} MiB idle, ${held.toFixed(0)} MiB beside them; visitors get ${(beside / alone).toFixed(2)} of what they get alone; ${reached} of the slow ones reached the application`);
  for (const socket of slow) socket.destroy();
  await site.end();
}
