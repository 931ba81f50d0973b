import { djangoFiles, djangoUnits } from '../../frameworks/django/unit.js';
import type { Gateway } from '../../gateway/gateway.js';
import { overTcp } from '../../gateway/units.js';
import type { MachineContext, PlannedFile, Slot } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { file, render, type Safe } from '../../agent/machine/template.js';
import { makeEnvironment } from './environment.js';
import { serves } from './serves.js';
import { size } from './size.js';

const ROOM = 'gateways/gunicorn';

/** Connections that a worker takes over TCP: kept ones count, of every balancer. Gunicorn's own default. */
const TCP_CONNECTIONS = 1000;

export const CANDIDATE = '/etc/paddock/candidate.conf.py';

/** Gunicorn serving a WSGI callable. */
export const gateway: Gateway = {
  title: 'Gunicorn',
  packages: ['python3'],
  size, serves,
  webSockets: false,
  ready: makeEnvironment,
  files: (context, sandbox) => [...configs(context), ...djangoFiles(context, sandbox)],
  units: djangoUnits,
  start: ({ manifest, releaseDirectory, slot }, who) => render(`${ROOM}/templates/start.conf`, {
    release: quote.path(releaseDirectory), config: quote.path(who === 'candidate' ? CANDIDATE : configOf(slot)), callable: quote.command(manifest.gateway.serves),
  }),
  environment: ({ releaseDirectory }) => render(`${ROOM}/templates/environment.conf`, { release: quote.path(releaseDirectory) }),
};

export const configOf = (slot: Slot) => `/etc/paddock/gunicorn-${slot}.conf.py`;

/** What workers of either interface are told alike. */
export function commonParts({ manifest, settings }: MachineContext): Readonly<Record<'common' | 'ended', Safe>> {
  const { gatewayTimeout, gatewayGracefulStop, serverKeepAlive } = manifest.settings.timeouts;
  return {
    common: render(`${ROOM}/templates/common.conf.py`, { timeout: gatewayTimeout, gracefulStop: gatewayGracefulStop, keepAlive: overTcp(settings) ? serverKeepAlive : 0 }),
    ended: render(`${ROOM}/templates/ended.conf.py`),
  };
}

function configs(context: MachineContext): PlannedFile[] {
  const { facts, settings, slot } = context;
  const values = { ...size(facts), connections: overTcp(settings) ? TCP_CONNECTIONS : size(facts).threads, ...commonParts(context) };
  return [
    { path: configOf(slot), content: render(`${ROOM}/templates/etc/paddock/gunicorn.conf.py`, values) },
    file(ROOM, CANDIDATE, { config: quote.path(configOf(slot)) }),
  ];
}
