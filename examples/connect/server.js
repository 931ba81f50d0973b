// A small Connect application, whose middleware is all there is: pages, work that waits, uploads, an answer that comes in parts.
const { createHash } = require('node:crypto');
const http = require('node:http');
const { setTimeout: pause } = require('node:timers/promises');
const connect = require('connect');
const { WebSocketServer } = require('ws');

const app = connect();
const json = (response, value) => {
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify(value));
};
const page = (path, answer) => app.use(path, (request, response, next) => answer(request, response).catch(next));

// As long as a database would take; a POST is read first.
page('/work', async (request, response) => {
  for await (const _ of request);
  await pause(Number(new URL(request.url, 'http://site').searchParams.get('wait') ?? 0));
  json(response, { release: process.env.PADDOCK_RELEASE });
});

page('/upload', async (request, response) => {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const part of request) {
    hash.update(part);
    bytes += part.length;
  }
  json(response, { bytes, sha256: hash.digest('hex') });
});

// What the application knows of a visitor. Its log has the request's id, as the proxy's has.
page('/request', async ({ headers }, response) => {
  console.log(JSON.stringify({ event: 'asked', request_id: headers['x-request-id'], path: '/request' }));
  json(response, { scheme: headers['x-forwarded-proto'], host: headers.host, client: headers['x-forwarded-for'], worker: process.pid, headers });
});

// Ten lines, each as soon as it is there: the header asks the proxy not to collect them.
page('/stream', async (request, response) => {
  response.setHeader('Content-Type', 'text/plain');
  response.setHeader('X-Accel-Buffering', 'no');
  for (let line = 1; line <= 10; line++) {
    response.write(`${line}\n`);
    await pause(200);
  }
  response.end();
});

app.use((request, response, next) => {
  if (request.url !== '/') return next();
  response.setHeader('Content-Type', 'text/plain');
  response.end('Hello from Connect on Paddock. Try /work?wait=100, /request and /stream.\n');
});

const server = http.createServer(app).listen(process.env.PORT ?? 3000);

// Says each message of a WebSocket again.
new WebSocketServer({ server, path: '/echo' }).on('connection', (socket) => {
  socket.on('message', (message) => socket.send(message.toString()));
});
