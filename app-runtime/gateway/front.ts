/** Front: what stands before a server that opens a port of its own and knows nothing of our socket, so that it is switched and drained like every gateway. */
import type { MachineContext, PlannedFile, Slot } from '../agent/machine/plan.js';
import { quote } from '../agent/machine/quote.js';
import { file, render, type Safe } from '../agent/machine/template.js';
import type { Gateway, Size } from './gateway.js';
import { nodeFiles } from './files.js';
import { overTcp } from './units.js';

const ROOM = 'gateway';

/** Requests at once that a server behind a front counts as work that it can do: what computes shows on the processor. */
const REQUESTS = 256;

/** One process of the server, however large the machine is: what has a front has threads of its own. */
export const frontSize = (): Size => ({ workers: 1, threads: REQUESTS });

/**
 * The front's programs, and its settings, which are the slot's own.
 * @param places requests at once that the server behind it can work on. @default 256
 */
export function frontFiles({ manifest, settings, slot }: MachineContext, places = REQUESTS): PlannedFile[] {
  const { readinessPath, timeouts: { serverKeepAlive, gatewayTimeout, gatewayGracefulStop } } = manifest.settings;
  const content = render(`${ROOM}/templates/front.json`, {
    slot: quote.path(slot), places, readiness: JSON.stringify(readinessPath) as Safe, keepAlive: overTcp(settings) ? serverKeepAlive : 0, timeout: gatewayTimeout, gracefulStop: gatewayGracefulStop,
  });
  return [{ path: settingsOf(slot), content }, file(ROOM, '/usr/local/lib/paddock/front.mjs'), ...nodeFiles()];
}

/** What such a server is whatever its language: a program that knows the machine, and whose own pool nothing limits. */
export const behindFront = { packages: [], size: frontSize, parallel: true, pool: 'unlimited', files: (context) => frontFiles(context), webSockets: true, units: () => [] } as const satisfies Partial<Gateway>;

/** Lines of a unit that start a command behind a front, which tells it its port by `PORT`. */
export function frontStart(slot: Slot, who: Slot | 'candidate', words: readonly string[]): Safe {
  return render(`${ROOM}/templates/front-start.conf`, { settings: quote.path(settingsOf(slot)), candidate: (who === 'candidate' ? '--candidate ' : '') as Safe, words: words.map(quote.command).join(' ') as Safe });
}

const settingsOf = (slot: Slot) => `/etc/paddock/front-${slot}.json`;
