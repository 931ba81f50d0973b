// Serves an application of Node.js by as many processes as the machine has cores, each of which takes requests from the socket that systemd
// owns. node_gateway.mjs SETTINGS [--candidate] -- WORDS, the words being what node is to run.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const [file, ...words] = process.argv.slice(2);
const { workers, timeout, heap } = JSON.parse(readFileSync(file, 'utf8'));
const command = words.slice(words.indexOf('--') + 1);
const candidate = words.indexOf('--candidate') !== -1 && words.indexOf('--candidate') < words.indexOf('--');
const marks = process.env.RUNTIME_DIRECTORY;
const running = new Set();
let ending = false;

function begin() {
  const worker = spawn(process.execPath, [`--max-old-space-size=${heap}`, '--require', join(import.meta.dirname, 'node_worker.cjs'), ...command], {
    // The application asks for a port, and gets the socket.
    stdio: ['ignore', 'inherit', 'inherit', 3],
    env: { ...process.env, PADDOCK_GATEWAY: file, PADDOCK_CANDIDATE: candidate ? '1' : '' },
  });
  running.add(worker);
  worker.on('exit', (code, signal) => ended(worker, code, signal));
}

function ended(worker, code, signal) {
  running.delete(worker);
  const mark = join(marks, String(worker.pid));
  const served = modified(mark) !== undefined;
  rmSync(mark, { force: true });
  if (ending) return running.size > 0 ? undefined : process.exit(process.exitCode ?? 0);
  console.error(`worker ${worker.pid} ended: ${signal ?? `exit code ${code}`}`);
  if (served) return void setTimeout(() => ending || begin(), 100);
  // One that never listened will not do so the next time either: whoever waits for it must hear that.
  process.exitCode = 1;
  end();
}

function end() {
  ending = true;
  if (running.size === 0) process.exit(process.exitCode ?? 0);
  // Not SIGTERM: it is the application's own, and comes once its requests are answered.
  for (const worker of running) worker.kill('SIGUSR2');
}

function modified(path) {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}

// A worker that computes without an end says nothing any more, and answers nobody.
setInterval(() => {
  for (const worker of running) {
    const said = modified(join(marks, String(worker.pid)));
    if (said === undefined || Date.now() - said < timeout * 1000) continue;
    console.error(`killed worker ${worker.pid}: its event loop did not turn for ${timeout} s`);
    worker.kill('SIGKILL');
  }
}, 1000);

process.on('SIGTERM', end);
process.on('SIGINT', end);
for (let count = 0; count < workers; count++) begin();
