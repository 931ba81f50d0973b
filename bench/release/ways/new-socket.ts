import { join } from 'node:path';
import { must } from '../../../app-runtime/agent/machine/command.js';
import { otherSlot } from '../../../app-runtime/agent/release/slots.js';
import type { Slot } from '../../../app-runtime/agent/machine/plan.js';
import { Stand } from './stand.js';
import type { Way } from './way.js';

/** A second Gunicorn on a socket of its own, then nginx reads a configuration that names it, then the first one stops. */
export function newSocket(): Way {
  const stand = new Stand('bench-new-socket');
  let slot: Slot = 'a';
  const nameOf = (which: Slot) => `${stand.name}-${which}`;
  const start = async (directory: string) => {
    const socket = join('/run', nameOf(slot), 'gateway.sock');
    await must(['systemctl', 'start', await stand.gunicorn(nameOf(slot), directory, socket)]);
    await stand.answers({ socketPath: socket });
    const began = Date.now();
    await stand.nginx('nginx.conf', socket);
    return began;
  };
  return {
    called: ({ version }) => version,
    begin: async ({ directory }) => {
      await stand.begin();
      await start(directory);
    },
    serve: async ({ directory }) => {
      const before = slot;
      slot = otherSlot(slot);
      const began = await start(directory);
      await must(['systemctl', 'stop', `${nameOf(before)}.service`]);
      return began;
    },
    end: () => stand.end(),
  };
}
