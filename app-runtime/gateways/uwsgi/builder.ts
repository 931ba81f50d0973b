/** Build: a WSGI callable as Gunicorn's builder makes it ready; uWSGI itself is Debian's. */
import type { GatewayBuilder } from '../../gateway/builder.js';
import { buildPython } from '../gunicorn/builder.js';
import { launches } from '../gunicorn/command.js';
import { recognise } from '../gunicorn/detect.js';

export const builder: GatewayBuilder = {
  example: 'wsgi', looksFor: 'the same as gunicorn, once the settings page names it', launches: () => false,
  // A WSGI callable does not say by which server.
  sign: () => undefined,
  // It says which callable, whatever serves that.
  follows: launches,
  recognise: (folder) => {
    const found = recognise(folder);
    return { ...found, recognised: `uWSGI: ${found.recognised}` };
  },
  build: (order) => buildPython(order, 'wsgi'),
};
