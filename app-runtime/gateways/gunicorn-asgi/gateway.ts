import type { Facts, PlannedFile } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { file, render } from '../../agent/machine/template.js';
import { djangoFiles } from '../../frameworks/django/unit.js';
import type { Gateway, Size } from '../../gateway/gateway.js';
import { CANDIDATE, commonParts, configOf, gateway as gunicorn } from '../gunicorn/gateway.js';
import { size as sizeOf } from '../gunicorn/size.js';

const ROOM = 'gateways/gunicorn-asgi';

/** Requests at once that a worker counts as work that it can do: they wait for others mostly, and what computes shows on the processor. */
const REQUESTS = 100;

/** A worker a core: each has one loop, which computes on one of them. */
function size(facts: Pick<Facts, 'cores' | 'memoryBytes'>): Size {
  return { workers: Math.min(facts.cores, sizeOf(facts).workers), threads: REQUESTS };
}

/** Gunicorn serving an ASGI application by its ASGI workers. */
export const gateway: Gateway = {
  ...gunicorn,
  title: 'Gunicorn (ASGI)',
  webSockets: true,
  size,
  // SQLAlchemy's pool_size and max_overflow, and more than asyncpg's 10. Source: sqlalchemy.pool.QueuePool.
  pool: 5 + 10,
  files: (context, sandbox): PlannedFile[] => [
    { path: configOf(context.slot), content: render(`${ROOM}/templates/etc/paddock/gunicorn.conf.py`, { ...size(context.facts), ...commonParts(context) }) },
    file(ROOM, CANDIDATE, { config: quote.path(configOf(context.slot)) }),
    ...djangoFiles(context, sandbox),
  ],
};
