import { join } from 'node:path';
import type { Check, MachineContext, PlannedFile, PlannedUnit } from '../../agent/plan.js';
import { quote } from '../../agent/quote.js';
import { file, render, type Safe } from '../../agent/template.js';
import { verify } from '../../agent/verify.js';
import { size } from './size.js';

const ROOM = 'gateways/gunicorn';
const UNITS = '/etc/systemd/system';

/** Debian's packages: the release brings the rest. */
export const packages: readonly string[] = ['python3'];

/** Where the gateway listens. systemd owns both sockets. */
export const sockets = { serving: '/run/app/gateway.sock', candidate: '/run/app/candidate.sock' } as const;

/**
 * The units that run a release, all alike but for their socket. A switch proves the next release as `candidate`, lets `next` serve
 * beside the old one, restarts `serving` on the new release, and stops `next`.
 */
export const services = {
  serving: { name: 'app.service', socket: 'app.socket' },
  candidate: { name: 'app-candidate.service', socket: 'app-candidate.socket' },
  next: { name: 'app-next.service', socket: 'app.socket' },
} as const;

/** Oneshot: runs the release command, or nothing when the release has none. */
export const releaseService = 'app-release.service';

export const units: readonly PlannedUnit[] = [
  { name: services.serving.socket, onChange: 'restart' },
  { name: services.serving.name, onChange: 'restart' },
];

export const checks: readonly Check[] = [verify(...Object.values(services).map(({ name }) => name), releaseService)];

export function files(context: MachineContext): PlannedFile[] {
  const { facts, settings: { timeouts }, manifest } = context;
  const sandbox = sandboxOf(context);
  return [
    file(ROOM, '/etc/paddock/gunicorn.conf.py', {
      ...size(facts), timeout: timeouts.gatewayTimeout, gracefulStop: timeouts.gatewayGracefulStop,
    }, [services.serving.name]),
    file(ROOM, `${UNITS}/app-barrier.service`),
    file(ROOM, `${UNITS}/app.socket`),
    file(ROOM, `${UNITS}/app-candidate.socket`),
    ...Object.values(services).map((service) => unit(context, service, sandbox)),
    file(ROOM, `${UNITS}/${releaseService}`, { command: quote.command(manifest.releaseCommand ?? ':'), sandbox }),
  ];
}

/** What every process of the application may do and see. */
function sandboxOf({ releaseDirectory, manifest }: MachineContext): Safe {
  return render(`${ROOM}/templates/sandbox.conf`, {
    release: quote.path(releaseDirectory),
    folder: quote.path(join(releaseDirectory, 'app', manifest.gateway.chdir ?? '')),
  });
}

function unit(context: MachineContext, { name, socket }: (typeof services)[keyof typeof services], sandbox: Safe): PlannedFile {
  const content = render(`${ROOM}/templates/service.conf`, {
    name: quote.path(name),
    socket: quote.path(socket),
    release: quote.path(context.releaseDirectory),
    callable: quote.command(context.manifest.gateway.callable),
    stop: context.settings.timeouts.unitStop,
    sandbox,
  });
  return { path: `${UNITS}/${name}`, content, concerns: name === services.serving.name ? [name] : [] };
}
