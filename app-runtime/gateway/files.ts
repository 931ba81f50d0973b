import { basename, join } from 'node:path';
import { APP } from '../agent/machine/app-user.js';
import { places } from '../agent/machine/places.js';
import type { Check, MachineContext, PlannedFile, Slot } from '../agent/machine/plan.js';
import { quote } from '../agent/machine/quote.js';
import { file, render, type Safe } from '../agent/machine/template.js';
import { verify } from '../agent/machine/verify.js';
import type { Gateway } from './gateway.js';
import { candidate, listenerOf, marks, releaseService, serviceOf } from './units.js';

const ROOM = 'gateway';
const UNITS = '/etc/systemd/system';

/** Every file by which a machine serves a release with a gateway. */
export function gatewayFiles(context: MachineContext, gateway: Gateway): PlannedFile[] {
  const { manifest, releaseDirectory, settings, slot } = context;
  const sandbox = sandboxOf(context, gateway);
  const service = (name: string, who: Slot | 'candidate', values: Values): PlannedFile => ({
    path: `${UNITS}/${name}`,
    content: render(`${ROOM}/templates/service.conf`, { gateway: gateway.title as Safe, marks: quote.path(marks(who)), start: gateway.start(context, who), sandbox, ...values }),
  });
  return [
    ...gateway.files(context, sandbox),
    file(ROOM, `${UNITS}/app-barrier.service`, { uid: APP.uid }),
    file(ROOM, `${UNITS}/app.socket`, { socket: listenerOf(settings, slot) }),
    file(ROOM, `${UNITS}/app.service`),
    file(ROOM, `${UNITS}/${candidate.socket}`, { socket: listenerOf(settings, 'candidate') }),
    service(serviceOf(slot), slot, { role: `slot ${slot}` as Safe, socket: quote.path('app.socket'), restart: quote.path('always'), stop: manifest.settings.timeouts.unitStop }),
    // Nobody waits for its answers any more when it is stopped.
    service(candidate.service, 'candidate', { role: 'the next release' as Safe, socket: quote.path(candidate.socket), restart: quote.path('no'), stop: 2 }),
    file(ROOM, `${UNITS}/${releaseService}`, { command: quote.command(manifest.releaseCommand ?? ':'), mark: quote.path(join(places.commanded, basename(releaseDirectory))), sandbox }),
    file(ROOM, '/usr/local/lib/paddock/sqlite_databases.py'),
  ];
}

/** What marks a worker that Node.js runs, and ends it. */
export const nodeFiles = (): PlannedFile[] => ['worker_mark.cjs', 'ending.cjs'].map((name) => file(ROOM, `/usr/local/lib/paddock/${name}`));

type Values = Readonly<Record<'role' | 'socket' | 'restart', Safe> & Record<'stop', number>>;

/** systemd judges all units at once. */
export function gatewayChecks({ slot, manifest }: MachineContext, gateway: Gateway): Check[] {
  return [verify(serviceOf(slot), candidate.service, releaseService, ...gateway.units(manifest))];
}

/** What every process of the application may do and see. */
function sandboxOf(context: MachineContext, gateway: Gateway): Safe {
  const { releaseDirectory, manifest, slot } = context;
  return render(`${ROOM}/templates/sandbox.conf`, {
    environment: quote.path(places.environmentOf(slot)),
    own: gateway.environment(context),
    folder: quote.path(join(releaseDirectory, 'app', manifest.gateway.chdir ?? '')),
  });
}
