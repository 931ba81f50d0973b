// Loaded before the application: gives its HTTP server the inherited socket, marks the worker, and lets it finish what it has.
'use strict';
const fs = require('node:fs');
const http = require('node:http');
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
  response.once('close', () => {
    mark.end();
    if (ending) served.closeIdleConnections();
  });
}

let ending = false;
process.on('SIGUSR2', () => {
  if (ending) return;
  ending = true;
  if (!mark) process.exit(0);
  setTimeout(() => {
    if (mark.inFlight > 0) console.error(`cut ${mark.inFlight} requests at the request budget`);
    process.exit(0);
  }, gracefulStop * 1000).unref();
  served.close(leave);
  idle();
});

// Connections that were upgraded are nobody's request any more, and would hold the worker for as long as the request budget.
function idle() {
  if (mark.inFlight === 0) return void setTimeout(leave, 50);
  setTimeout(idle, 50);
}

// The application may have something of its own to close.
function leave() {
  if (mark.inFlight > 0) return;
  leave = () => {};
  if (process.listenerCount('SIGTERM') === 0) process.exit(0);
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(0), 2000).unref();
}
