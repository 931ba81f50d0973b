/** Build: an ASGI application as Gunicorn's own ASGI workers serve it. What it is made of is Gunicorn's other builder's. */
import type { ApplicationFolder, GatewayBuilder, Recognition } from '../../gateway/builder.js';
import { buildPython } from '../gunicorn/builder.js';
import { isAsynchronous, launches } from '../gunicorn/command.js';
import { asynchronous, recognise } from '../gunicorn/detect.js';

export const builder: GatewayBuilder = {
  example: 'asgi', looksFor: 'an ASGI application', sign: asynchronous,
  launches: (command) => UVICORN.test(command) || (launches(command) && isAsynchronous(command)),
  // Once it is named, whatever workers that command asks for.
  follows: (command) => UVICORN.test(command) || launches(command),
  recognise: recogniseAsgi, build: (order) => buildPython(order, 'asgi'),
};

/** The command that most ASGI frameworks tell people to write. */
const UVICORN = /^(?:exec\s+)?uvicorn\s+([\w.]+:[\w.]+)(?=\s|$)/;

function recogniseAsgi(folder: ApplicationFolder): Recognition {
  const [, callable] = UVICORN.exec(folder.web ?? '') ?? [];
  if (callable !== undefined) {
    return { serves: callable, recognised: `Gunicorn serving ${callable} by ASGI, by the Procfile's web line`, warnings: ['Procfile: the words of uvicorn are not followed; Paddock serves by Gunicorn, sized for the machine'] };
  }
  const found = recognise(folder, 'asgi');
  return { ...found, recognised: `ASGI: ${found.recognised.replace('a WSGI callable', 'a callable')}` };
}
