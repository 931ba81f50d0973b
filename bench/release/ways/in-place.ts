import { join } from 'node:path';
import { must } from '../../../app-runtime/agent/machine/command.js';
import { Stand } from './stand.js';
import type { Way } from './way.js';

/** The new code takes the place of the old, and Gunicorn is told to load it: `systemctl reload`, which sends HUP. */
export const hup = (): Way => inPlace('bench-hup', (stand, unit) => stand.replaceWorkers(unit, ['systemctl', 'reload', unit]));

/** The new code takes the place of the old, and the unit is stopped and started: `systemctl restart`. */
export const restart = (): Way => inPlace('bench-restart', (_, unit) => must(['systemctl', 'restart', unit]));

/** A unit that runs whatever the link `current` names. */
function inPlace(name: string, replace: (stand: Stand, unit: string) => Promise<unknown>): Way {
  const stand = new Stand(name);
  const unit = `${name}.service`;
  const socket = join('/run', name, 'gateway.sock');
  return {
    called: ({ version }) => version,
    begin: async ({ directory }) => {
      await stand.begin();
      await stand.gunicorn(name, await stand.link(directory), socket);
      await must(['systemctl', 'start', unit]);
      await stand.answers({ socketPath: socket });
      await stand.nginx('nginx.conf', socket);
    },
    serve: async ({ directory }) => {
      const began = Date.now();
      await stand.link(directory);
      await replace(stand, unit);
      await stand.answers({ socketPath: socket });
      return began;
    },
    end: () => stand.end(),
  };
}
