// A small Express application with what a site does: pages, work that waits, uploads, an answer that comes in parts.
const { createHash } = require('node:crypto');
const { setTimeout: pause } = require('node:timers/promises');
const express = require('express');
const { WebSocketServer } = require('ws');

const app = express();
app.disable('x-powered-by');
// Paddock's proxy stands before it, and has overwritten whatever a visitor could say of themselves.
app.set('trust proxy', true);

app.get('/', (request, response) => {
  response.type('text').send('Hello from Express on Paddock. Try /work?wait=100, /request and /stream.\n');
});

// As long as a database would take; a POST is read first.
app.all('/work', async (request, response) => {
  for await (const _ of request);
  await pause(Number(request.query.wait ?? 0));
  response.json({ release: process.env.PADDOCK_RELEASE });
});

app.post('/upload', async (request, response) => {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const part of request) {
    hash.update(part);
    bytes += part.length;
  }
  response.json({ bytes, sha256: hash.digest('hex') });
});

// What the application knows of a visitor. Its log has the request's id, as the proxy's has.
app.get('/request', (request, response) => {
  console.log(JSON.stringify({ event: 'asked', request_id: request.get('x-request-id'), path: request.path }));
  response.json({ scheme: request.protocol, host: request.host, client: request.ip, worker: process.pid, headers: request.headers });
});

// Ten lines, each as soon as it is there: the header asks the proxy not to collect them.
app.get('/stream', async (request, response) => {
  response.set({ 'Content-Type': 'text/plain', 'X-Accel-Buffering': 'no' });
  for (let line = 1; line <= 10; line++) {
    response.write(`${line}\n`);
    await pause(200);
  }
  response.end();
});

const server = app.listen(process.env.PORT ?? 3000);

// Says each message of a WebSocket again.
new WebSocketServer({ server, path: '/echo' }).on('connection', (socket) => {
  socket.on('message', (message) => socket.send(message.toString()));
});
