import type { Facts, Slot } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { render, type Safe } from '../../agent/machine/template.js';
import { djangoFiles, djangoUnits } from '../../frameworks/django/unit.js';
import { frontFiles, frontStart } from '../../gateway/front.js';
import type { Gateway, Size } from '../../gateway/gateway.js';
import { gateway as gunicorn } from '../gunicorn/gateway.js';
import { size as processesOf } from '../gunicorn/size.js';

const ROOM = 'gateways/uwsgi';

const configOf = (slot: Slot) => `/etc/paddock/uwsgi-${slot}.ini`;

/** One to the machine, the front, with a place for each thread of uWSGI's processes, of which there are as many as of Gunicorn's. */
function size(facts: Pick<Facts, 'cores' | 'memoryBytes'>): Size {
  const { workers, threads } = processesOf(facts);
  return { workers: 1, threads: workers * threads };
}

/** uWSGI serving a WSGI callable, for whoever knows it, behind a front: its own ways to end are not ours. */
export const gateway: Gateway = {
  title: 'uWSGI',
  packages: ['python3', 'uwsgi-core', 'uwsgi-plugin-python3'],
  serves: { pattern: /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$/, must: 'a WSGI callable such as shop.wsgi:application' },
  webSockets: false,
  size,
  parallel: true,
  // Of the one worker that the front is: whatever machine it stands on, connections follow from processes and threads behind it.
  pool: 'unlimited',
  ready: gunicorn.ready!,
  files: (context, sandbox) => [
    ...frontFiles(context, size(context.facts).threads),
    ...djangoFiles(context, sandbox),
    {
      path: configOf(context.slot),
      content: render(`${ROOM}/templates/etc/paddock/uwsgi.ini`, {
        ...processesOf(context.facts), callable: context.manifest.gateway.serves as Safe, venv: quote.path(`${context.releaseDirectory}/venv`), timeout: context.manifest.settings.timeouts.gatewayTimeout,
      }),
    },
  ],
  units: djangoUnits,
  start: ({ slot }, who) => frontStart(slot, who, ['/usr/bin/uwsgi', '--ini', configOf(slot)]),
  environment: (context) => gunicorn.environment(context),
};
