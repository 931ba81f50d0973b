import { pause } from '../aws/retry.js';
import { run } from '../machine/command.js';

/**
 * Milliseconds: how long nothing must have come until those in front are taken to have let go, how long they have for it at most, and
 * between two looks. Balancers ask a server how it is once a second, and give an answer a second.
 */
const TIMES = { silence: 3_000, most: 15_000, look: 250 };

/** How long a server waits until nobody sends to it any more, in milliseconds. */
export type Quiet = typeof TIMES;

/**
 * Waits until the machines in front have let go of a port: no byte has come from any for three seconds, and at least as long has
 * passed. One that sends on is not waited for longer than 15 s: what it has sent is answered all the same.
 * @returns whether it was quiet
 */
export async function untilQuiet(port: number, { silence, most, look }: Quiet = TIMES, heard = lastHeard): Promise<boolean> {
  for (const began = Date.now(); Date.now() - began < most; await pause(look)) {
    const waited = Date.now() - began;
    if (Math.min(waited, await heard(port)) >= silence) return true;
  }
  return false;
}

/** Milliseconds since a byte last came by a connection that another machine has to a port; infinite where there is none. */
export async function lastHeard(port: number): Promise<number> {
  const { stdout } = await run(['ss', '-Hnti', 'state', 'established', `sport = :${port} and not dst 127.0.0.0/8`]);
  // Each connection has a second line, which leaves out what is 0.
  const connections = stdout.split('\n').filter((line) => line.startsWith('\t'));
  return Math.min(...connections.map((line) => Number(/\blastrcv:(\d+)/.exec(line)?.[1] ?? 0)));
}
