import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request, type RequestOptions } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../../lib/application.js';

const APP_RUNTIME = join(import.meta.dirname, '../../../app-runtime');
const COMMON = join(APP_RUNTIME, 'gateway/templates/usr/local/lib/paddock');

/** Listens on a unix socket and becomes the command, which finds it at the descriptor that systemd would have given. */
const ACTIVATE = 'import os, socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(64); os.dup2(s.fileno(), 3); os.set_inheritable(3, True); os.execvp(sys.argv[2], sys.argv[2:])';

/** A gateway's process as its unit starts it, with the socket, the folder for marks, and an application. */
export class AUnit {
  readonly folder = temporaryFolder();
  private readonly process: ChildProcess;
  /** All that it wrote. */
  said = '';
  private readonly exit: Promise<number | null>;

  /**
   * @param programs the gateway's own, beside the common ones
   * @param command by their names
   */
  constructor(programs: Readonly<Record<string, string>>, settings: object, application: Readonly<Record<string, string>>, command: (settings: string) => readonly string[]) {
    for (const name of ['worker_mark.cjs', 'ending.cjs', 'front.mjs']) writeFileSync(join(this.folder, name), readFileSync(join(COMMON, name)));
    for (const [name, path] of Object.entries(programs)) writeFileSync(join(this.folder, name), readFileSync(join(APP_RUNTIME, path)));
    for (const folder of ['marks', 'app']) mkdirSync(join(this.folder, folder));
    for (const [name, content] of Object.entries(application)) writeFileSync(join(this.folder, 'app', name), content, { mode: 0o755 });
    const file = join(this.folder, 'settings.json');
    writeFileSync(file, JSON.stringify(settings));
    this.process = spawn('python3', ['-c', ACTIVATE, this.socket, process.execPath, ...command(file)], {
      cwd: join(this.folder, 'app'), detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'], RUNTIME_DIRECTORY: join(this.folder, 'marks'), PORT: '3000' },
    });
    for (const stream of [this.process.stdout!, this.process.stderr!]) stream.on('data', (chunk: Buffer) => { this.said += chunk.toString(); });
    this.exit = new Promise((resolve) => { this.process.on('exit', (code) => resolve(code)); });
    onTestFinished(() => {
      try {
        process.kill(-this.process.pid!, 'SIGKILL');
      } catch { /* it ended by itself */ }
    });
  }

  get socket(): string {
    return join(this.folder, 'gateway.sock');
  }

  get marks(): number[] {
    return readdirSync(join(this.folder, 'marks')).map(Number);
  }

  /** Requests in flight, by the marks. */
  get busy(): number {
    return this.marks.map((pid) => join(this.folder, 'marks', String(pid))).filter((path) => existsSync(path)).flatMap((path) => [...readFileSync(path).subarray(0, -2)]).filter((byte) => byte === 1).length;
  }

  async untilMarked(count: number): Promise<void> {
    await until(() => this.marks.length === count, () => `${count} marks, got ${this.marks.length}: ${this.said}`);
  }

  stop(): void {
    this.process.kill('SIGTERM');
  }

  /** @returns its exit code */
  ended(): Promise<number | null> {
    return this.exit;
  }

  /** Connects now, and asks for `/` only after a while, as a proxy does that gets no processor. @returns the first line of the answer */
  async askLate(milliseconds: number): Promise<string> {
    const connection = connect(this.socket);
    let answer = '';
    connection.setEncoding('utf8').on('data', (part: string) => { answer += part; });
    const ended = new Promise((resolve) => { connection.on('close', resolve).on('error', (error) => { answer += error.message; }); });
    await Promise.race([pause(milliseconds, undefined, { ref: false }), ended]);
    if (!connection.destroyed) connection.write('GET / HTTP/1.1\r\nHost: site\r\nConnection: close\r\n\r\n');
    await ended;
    return answer.split('\r\n')[0]!;
  }

  ask(path: string, options: RequestOptions = {}, body = ''): Promise<{ status: number; headers: IncomingMessage['headers']; body: string }> {
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath: this.socket, path, agent: false, ...options }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => { text += part; });
        answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, body: text })).on('error', reject);
      });
      sent.on('error', reject).end(body);
    });
  }
}

export async function until(holds: () => boolean, what: () => string): Promise<void> {
  for (const end = Date.now() + 15_000; !holds(); await pause(20)) if (Date.now() > end) throw new Error(what());
}
