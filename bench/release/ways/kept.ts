import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from '../../../app-runtime/agent/machine/command.js';
import type { Slot } from '../../../app-runtime/agent/machine/plan.js';
import { otherSlot } from '../../../app-runtime/agent/release/slots.js';
import { Stand, until } from './stand.js';
import type { Way } from './way.js';

/** Where the machine's own gateway has its configuration; both slots have the same. */
const CONFIG = '/etc/paddock/gunicorn-a.conf.py';

/** Paddock's hand-over of one socket, without its proof, and with connections kept between nginx and Gunicorn. */
export function kept(): Way {
  const stand = new Stand('bench-kept');
  let slot: Slot = 'a';
  const socketUnit = `${stand.name}.socket`;
  const socket = join('/run', `${stand.name}.sock`);
  const nameOf = (which: Slot) => `${stand.name}-${which}`;
  const start = async (release: string) => {
    const name = nameOf(slot);
    const config = await stand.file(join(stand.folder, 'gunicorn.conf.py'), 'kept.conf.py', { config: CONFIG });
    await stand.unit(`${name}.service`, 'kept.service', { name, socket: socketUnit, release, config, data: stand.data });
    await must(['systemctl', 'start', `${name}.service`]);
    // As the machine's own slots do: each worker puts a mark once it has loaded the application.
    await until(`${name} must load the application`, async () => (await readdir(join('/run', name))).length >= stand.size.workers);
  };
  return {
    called: ({ version }) => version,
    begin: async ({ directory }) => {
      await stand.begin();
      await stand.unit(`${stand.name}-hold.service`, 'kept-hold.service');
      await stand.unit(socketUnit, 'kept.socket', { socket, hold: `${stand.name}-hold.service` });
      await start(directory);
      await stand.nginx('nginx-kept.conf', socket);
    },
    serve: async ({ directory }) => {
      const began = Date.now();
      const before = slot;
      slot = otherSlot(slot);
      await start(directory);
      await must(['systemctl', 'stop', `${nameOf(before)}.service`]);
      return began;
    },
    end: () => stand.end(),
  };
}
