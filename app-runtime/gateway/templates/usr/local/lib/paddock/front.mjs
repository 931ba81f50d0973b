// Stands before a server that opens a port of its own: takes requests from the socket that systemd owns and hands each to it, on a connection
// of its own, so that it is switched and drained like every gateway. front.mjs SETTINGS [--candidate] -- COMMAND
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { answered } from './ending.cjs';
import { WorkerMark } from './worker_mark.cjs';

const SOCKET = 3;
const HOST = '127.0.0.1';
// What belongs to a connection and not to a request. Source: RFC 9110, 7.6.1.
const HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'upgrade']);

const [file, ...words] = process.argv.slice(2);
const { ports, slot, places, readiness, keepAlive, timeout, gracefulStop } = JSON.parse(readFileSync(file, 'utf8'));
const command = words.slice(words.indexOf('--') + 1);
const candidate = words[0] === '--candidate';
const port = candidate ? ports.candidate : ports[slot];

const { LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES, ...environment } = process.env;
const server = spawn(command[0], command.slice(1), {
  stdio: ['ignore', 'inherit', 'inherit'], env: { ...environment, PORT: String(port), HOST, ASPNETCORE_URLS: `http://${HOST}:${port}` },
});
server.on('error', (error) => {
  console.error(`${command[0]} must be a program that this machine can run, got ${error.message}`);
  process.exit(1);
});
server.on('exit', (code, signal) => {
  if (!ending) console.error(`${command[0]} ended: ${signal ?? `exit code ${code}`}`);
  process.exit(ending ? 0 : 1);
});

let mark;
let ending = false;
let doubting = false;
let answers = 0;
const site = http.createServer({ keepAliveTimeout: keepAlive * 1000, requestTimeout: 0, headersTimeout: 0 }, pass);
site.on('upgrade', tunnel);
void reach();

// What it answers is no matter here.
function answer() {
  return new Promise((resolve, reject) => {
    const asked = http.get({ host: HOST, port, agent: false, path: readiness, timeout: timeout * 1000 }, (said) => resolve(said.resume()));
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${timeout} s`))).on('error', reject);
  });
}

// It listens when it does, and some listen before they have loaded the application: no server says so in a way that they all share.
async function reach() {
  while (!await answer().catch(() => undefined)) await pause(50);
  site.listen({ fd: SOCKET }, () => { mark = new WorkerMark(places); });
}

// One that answers nothing any more, nor whether it is ready, would go on so for ever.
async function doubt() {
  if (doubting || ending) return;
  doubting = true;
  const before = answers;
  await answer().catch(() => {
    if (answers !== before) return;
    console.error(`killed ${command[0]}: it answered nothing for ${timeout} s`);
    server.kill('SIGKILL');
  });
  doubting = false;
}

// Two headers of one name stay two, in their order.
function kept(raw) {
  return raw.filter((_, index) => !HOP.has(raw[index - (index % 2)].toLowerCase()));
}

function pass(request, response) {
  mark.begin();
  response.once('close', () => {
    mark.end();
    passed.destroy();
  });
  const passed = http.request({ host: HOST, port, agent: false, method: request.method, path: request.url, headers: [...kept(request.rawHeaders), 'Connection', 'close'], timeout: timeout * 1000 });
  passed.on('response', (answer) => {
    answers++;
    response.writeHead(answer.statusCode, answer.statusMessage, [...kept(answer.rawHeaders), ...(candidate ? ['X-Paddock-Worker', String(process.pid)] : [])]);
    response.flushHeaders();
    answer.pipe(response);
    // What breaks off there must not look whole here.
    answer.on('error', () => response.destroy());
  });
  passed.on('timeout', () => {
    passed.destroy(new Error(`no answer within ${timeout} s`));
    void doubt();
  });
  passed.on('error', (error) => {
    if (response.headersSent || response.destroyed) return response.destroy();
    console.error(`no answer from ${command[0]}: ${error.message}`);
    response.writeHead(502, { 'Content-Type': 'text/plain', Connection: 'close' }).end('The application did not answer.\n');
  });
  request.pipe(passed);
}

// A WebSocket, for one: from here on both speak as they like.
function tunnel(request, socket, head) {
  const passed = net.connect(port, HOST, () => {
    const lines = [`${request.method} ${request.url} HTTP/1.1`];
    for (let index = 0; index < request.rawHeaders.length; index += 2) lines.push(`${request.rawHeaders[index]}: ${request.rawHeaders[index + 1]}`);
    passed.write(`${lines.join('\r\n')}\r\n\r\n`);
    passed.write(head);
    passed.pipe(socket).pipe(passed);
  });
  for (const [one, other] of [[passed, socket], [socket, passed]]) one.on('error', () => other.destroy()).on('close', () => other.destroy());
}

async function end() {
  if (ending) return;
  ending = true;
  if (mark && !await answered(site, mark, gracefulStop)) console.error(`cut ${mark.inFlight} requests at the request budget`);
  server.kill('SIGTERM');
  setTimeout(() => process.exit(0), 2000).unref();
}

process.on('SIGTERM', end);
