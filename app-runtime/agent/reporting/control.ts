import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { ask } from '../aws/http.js';
import { places } from '../machine/places.js';
import type { Server } from '../release/serve.js';
import { readServing } from '../release/serving.js';
import { type Status, statusText } from './status.js';
import { readJournal } from '../release/switch-journal.js';

/** How long a question may take that waits for a switch, in milliseconds: every step has a limit of its own, and all of them end before. */
const PATIENCE = 30 * 60_000;

/**
 * Answers `paddock` on this machine, over a socket that root alone may use. It is also what keeps a second agent from running.
 * @throws Error when another agent runs
 */
export async function listen(server: Server): Promise<void> {
  if (await ask({ socketPath: places.control, path: '/status' }).then(() => true, () => false)) throw new Error('one agent must run, got a second one; see systemctl status paddock-agent');
  await rm(places.control, { force: true });
  const listener = createServer((question, answer) => {
    void respond(server, question).then(
      (text) => answer.end(text),
      (error: Error) => answer.writeHead(409).end(error.message),
    );
  });
  await new Promise<void>((done, failed) => listener.once('error', failed).listen(places.control, done));
}

/** `paddock status | reload | restore <release>`, for the person on the machine. Returns the exit code. */
export async function askAgent([verb = 'status', release = '']: readonly string[]): Promise<number> {
  if (verb === 'status') return say(0, statusText(await status()));
  if (verb === 'reload') return command('/reload');
  if (verb === 'restore' && release !== '') return command(`/restore/${release}`);
  return say(1, 'paddock: the command must be status, reload or restore <release>; choose one');
}

async function respond(server: Server, { url = '' }: IncomingMessage): Promise<string> {
  const [, verb, release] = url.split('/');
  if (verb === 'reload') return server.renew().then(() => `${server.serves} runs anew, with its secrets as they are now`);
  if (verb === 'restore') return server.restore(decodeURIComponent(release ?? ''));
  return JSON.stringify(await status());
}

/** From the disk, so that it can be told when no agent runs. */
async function status(): Promise<Status> {
  return { serving: await readServing() ?? null, switch: await readJournal() ?? null };
}

async function command(path: string): Promise<number> {
  try {
    const { status: code, body } = await ask({ socketPath: places.control, path, timeout: PATIENCE });
    return say(code === 200 ? 0 : 1, body);
  } catch {
    return say(1, 'paddock: the agent must run, got no answer; run systemctl start paddock-agent');
  }
}

function say(code: number, text: string): number {
  (code === 0 ? console.log : console.error)(text);
  return code;
}
