import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { plan } from '../../../../app-runtime/agent/machine/render.js';
import { type Marked, readMarks } from '../../../../app-runtime/agent/metrics/worker-marks.js';
import { freePort } from '../../ground.js';
import { shapes } from '../../machine.js';

const PINS = join(import.meta.dirname, '../../../../app-runtime/gateways/gunicorn/gunicorn.txt');

/** Answers that take as long as their path says, and end as it says. */
const APPLICATION = `
import time

class Parts:
    def __init__(self, fails):
        self.fails = fails
    def __iter__(self):
        for part in range(200):
            yield b"x" * 65536
            time.sleep(0.02)
            if self.fails and part == 3:
                raise RuntimeError("in the middle of a stream")
    def close(self):
        pass

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/fails":
        raise RuntimeError("on purpose")
    if path == "/exits":
        raise SystemExit("on purpose")
    if path.startswith("/wait/"):
        time.sleep(float(path[6:]))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return Parts(path == "/breaks") if path in ("/stream", "/breaks") else [b"good"]
`;

export const SIZE = { workers: 2, threads: 4 };

/** What makes it small enough to be full, and quick to notice a worker that hangs. */
const SMALL = ['--workers', SIZE.workers, '--threads', SIZE.threads, '--timeout', 5].map(String);

/** Real Gunicorn with the configuration that machines get, small, on a port of this computer. */
export class Gateway {
  static readonly scratch = mkdtempSync(join(tmpdir(), 'paddock-gateway-'));
  private static python?: string;

  private constructor(readonly port: number, readonly marks: string, private readonly master: ChildProcess) {}

  /** @param connections that a worker takes: more than it has threads where they are kept */
  static async start(connections: number = SIZE.threads): Promise<Gateway> {
    const [port, folder] = [await freePort(), mkdtempSync(join(Gateway.scratch, 'run-'))];
    const marks = join(folder, 'marks');
    mkdirSync(marks);
    writeFileSync(join(folder, 'wsgi.py'), APPLICATION);
    const context = shapes['single-node-wsgi-1-core'];
    writeFileSync(join(folder, 'gunicorn.conf.py'), plan(context).files.find(({ path }) => path.endsWith(`gunicorn-${context.slot}.conf.py`))!.content);
    const words = ['-P', '-m', 'gunicorn', '--config', join(folder, 'gunicorn.conf.py'), ...SMALL, '--worker-connections', String(connections), '--bind', `127.0.0.1:${port}`, 'wsgi:app'];
    const master = spawn(Gateway.interpreter(), words, { cwd: folder, stdio: 'ignore', env: { PATH: process.env.PATH!, PYTHONPATH: folder, RUNTIME_DIRECTORY: marks } });
    const gateway = new Gateway(port, marks, master);
    await gateway.until(() => gateway.workers().length === SIZE.workers);
    return gateway;
  }

  /** Process ids by the marks that workers have put down. */
  workers(): string[] {
    return readdirSync(this.marks);
  }

  marked(): Promise<Marked> {
    return readMarks(this.marks);
  }

  async busy(): Promise<number> {
    return (await this.marked()).busy;
  }

  /** Whether a condition holds within some seconds; the test says what it means. */
  async until(holds: () => Promise<boolean> | boolean, seconds = 10): Promise<boolean> {
    for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(10)) if (await holds()) return true;
    return false;
  }

  /** @returns status, or 0 where the connection ended without a whole answer */
  ask(path: string): Promise<number> {
    return new Promise((resolve) => {
      request({ host: '127.0.0.1', port: this.port, path, agent: false }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode!)).on('error', () => resolve(0));
      }).on('error', () => resolve(0)).end();
    });
  }

  /** Asks, and goes away after some of the answer, or of the time, has gone by. */
  leave(path: string, milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const sent = request({ host: '127.0.0.1', port: this.port, path, agent: false }, (answer) => answer.on('error', () => {}).resume());
      sent.on('error', () => {}).end();
      setTimeout(() => { sent.destroy(); resolve(); }, milliseconds);
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.master.once('exit', () => resolve()).kill('SIGTERM');
    });
  }

  static remove(): void {
    rmSync(Gateway.scratch, { recursive: true, force: true });
  }

  private static interpreter(): string {
    if (Gateway.python === undefined) {
      const venv = join(Gateway.scratch, 'venv');
      execFileSync('python3', ['-m', 'venv', venv]);
      Gateway.python = join(venv, 'bin/python3');
      execFileSync(Gateway.python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '--no-deps', '-r', PINS], { stdio: 'pipe' });
    }
    return Gateway.python;
  }
}

/** Whether a process has ended. */
export function gone(pid: string): boolean {
  try { return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')); } catch { return true; }
}
