// Loaded before the application: gives its HTTP server the inherited socket, marks the worker, and lets it finish what it has.
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const { answered } = require('./ending.cjs');
const { WorkerMark } = require('./worker_mark.cjs');

const SOCKET = 3;
// Milliseconds that a candidate holds each connection: while one worker holds its share of the questions, another one has to take the rest.
const HOLD = 20;

const { places, keepAlive, gracefulStop } = JSON.parse(fs.readFileSync(process.env.PADDOCK_GATEWAY, 'utf8'));
const candidate = process.env.PADDOCK_CANDIDATE === '1';
delete process.env.PADDOCK_GATEWAY;
delete process.env.PADDOCK_CANDIDATE;

const listen = http.Server.prototype.listen;
let served;
let mark;

// The first server that listens is the site; whatever else the application opens is its own.
http.Server.prototype.listen = function (...words) {
  if (served) return listen.apply(this, words);
  served = this;
  const listening = words.findLast((word) => typeof word === 'function');
  // Over a unix socket each request has a connection of its own, and whoever asks closes it.
  if (keepAlive > 0) this.keepAliveTimeout = keepAlive * 1000;
  this.on('listening', begin);
  this.prependListener('request', count);
  if (candidate) this.prependListener('connection', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HOLD));
  return listening ? listen.call(this, { fd: SOCKET }, listening) : listen.call(this, { fd: SOCKET });
};

function begin() {
  mark = new WorkerMark(places);
}

function count(request, response) {
  if (candidate) response.setHeader('X-Paddock-Worker', String(process.pid));
  mark.begin();
  response.once('close', () => mark.end());
}

let ending = false;
process.on('SIGUSR2', async () => {
  if (ending) return;
  ending = true;
  if (!mark) process.exit(0);
  if (!await answered(served, mark, gracefulStop)) {
    console.error(`cut ${mark.inFlight} requests at the request budget`);
    process.exit(0);
  }
  // The application may have something of its own to close.
  if (process.listenerCount('SIGTERM') === 0) process.exit(0);
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(0), 2000).unref();
});
