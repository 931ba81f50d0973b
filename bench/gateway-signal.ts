/**
 * npx tsx bench/gateway-signal.ts: what it costs a request that Gunicorn's threads tell whether they are busy, as processor time of the
 * worker, with our configuration and with the same one without its marks. Other load on this computer hardly shows in it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { plan } from '../app-runtime/agent/machine/render.js';
import { freePort } from '../test/app-runtime/ground.js';
import { shapes } from '../test/app-runtime/machine.js';
import { installTools, python } from './serving/tools.js';

const ROUNDS = 15;
const SECONDS = 1;

/** The smallest application: whatever else it did would hide what is measured. */
const APPLICATION = 'def app(environ, start_response):\n    start_response("200 OK", [("Content-Length", "2")])\n    return [b"ok"]\n';

/** In memory, as a unit's runtime directory is. */
const scratch = mkdtempSync('/dev/shm/paddock-signal-');

function config(marks: boolean): string {
  const context = shapes['single-node-wsgi-1-core'];
  const ours = plan(context).files.find(({ path }) => path.endsWith(`gunicorn-${context.slot}.conf.py`))!.content;
  return marks ? ours : `${ours}\n\ndef post_worker_init(worker):\n    open(os.path.join(os.environ["RUNTIME_DIRECTORY"], str(worker.pid)), "w").close()\n`;
}

/** Microseconds of processor time that one worker spends on a request. */
async function cost(marks: boolean): Promise<number> {
  const [port, folder] = [await freePort(), mkdtempSync(join(scratch, 'run-'))];
  const runtime = join(folder, 'marks');
  mkdirSync(runtime);
  writeFileSync(join(folder, 'wsgi.py'), APPLICATION);
  writeFileSync(join(folder, 'gunicorn.conf.py'), config(marks));
  const words = ['-m', 'gunicorn', '--config', join(folder, 'gunicorn.conf.py'), '--workers', '1', '--bind', `127.0.0.1:${port}`, 'wsgi:app'];
  const master = spawn(python(), words, { cwd: folder, stdio: 'ignore', env: { ...process.env, RUNTIME_DIRECTORY: runtime } });
  try {
    while (readdirSync(runtime).length === 0) await pause(20);
    const worker = readdirSync(runtime)[0]!;
    load(port, 1);
    const before = ticks(worker);
    const requests = load(port, SECONDS);
    return (ticks(worker) - before) * 10_000 / requests;
  } finally {
    await ended(master);
  }
}

function load(port: number, seconds: number): number {
  const said = execFileSync('wrk', ['-t', '1', '-c', '8', '-d', `${seconds}s`, '-H', 'Connection: close', `http://127.0.0.1:${port}/`], { encoding: 'utf8' });
  return Number(/(\d+) requests in/.exec(said)![1]);
}

/** Hundredths of a second in user and kernel mode. */
function ticks(pid: string): number {
  const words = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/\(.*\)/, 'name').split(' ');
  return Number(words[13]) + Number(words[14]);
}

function ended(process: ChildProcess): Promise<void> {
  return new Promise((resolve) => process.once('exit', () => resolve()).kill('SIGTERM'));
}

/** What it takes when nothing else disturbs: the least of some rounds. */
const least = (figures: readonly number[]) => Math.min(...figures);

try {
  installTools();
  const [ours, without]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    for (const marks of round % 2 === 0 ? [true, false] : [false, true]) (marks ? ours : without).push(await cost(marks));
  }
  const [one, other] = [least(ours), least(without)];
  console.log(`${one.toFixed(1)} µs a request with marks, ${other.toFixed(1)} without: ratio ${(one / other).toFixed(3)} (${ROUNDS} rounds of ${SECONDS} s, the least of each)`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
