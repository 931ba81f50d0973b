import { basename, join } from 'node:path';
import { APP } from '../../agent/machine/app-user.js';
import { places } from '../../agent/machine/places.js';
import type { Check, MachineContext, PlannedFile, Slot } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { file, render, type Safe } from '../../agent/machine/template.js';
import { verify } from '../../agent/machine/verify.js';
import type { MachineSettings } from '../../settings.js';
import { splitTier } from '../../split-tier.js';
import { djangoFiles, inspectService } from './django/unit.js';
import { size } from './size.js';

const ROOM = 'gateways/gunicorn';
const UNITS = '/etc/systemd/system';

/** Debian's packages: the release brings the rest. */
export const packages: readonly string[] = ['python3'];

/** Where requests come in. systemd owns the socket, so that it stays when the release behind it changes. */
export const socket = '/run/app/gateway.sock';
/** Where an app server's gateway takes requests from nginx balancers. */
export const port = splitTier.gatewayPort;
/** Where the next release proves itself. */
export const candidateSocket = '/run/app/candidate.sock';

/** Gunicorn serving a release. The slots take turns: the next release starts in the one that is free, and then the other one stops. */
export const serviceOf = (slot: Slot): string => `app-${slot}.service`;
/** Gunicorn with the next release, out of reach of the site's visitors. */
export const candidate = { service: 'app-candidate.service', socket: 'app-candidate.socket' } as const;
/** Oneshot: runs the release command, or nothing when the release has none. */
export const releaseService = 'app-release.service';
/** Every unit that may have something to say about a release. */
export const services: readonly string[] = [serviceOf('a'), serviceOf('b'), candidate.service, releaseService, inspectService];

/** Whether the proxy is on other machines, and speaks to the gateway by TCP. */
export const overTcp = (settings: MachineSettings): boolean => settings.role === 'app-server' && settings.balancer === 'nginx';

/** Connections that a worker takes over TCP: kept ones count, of every balancer. Gunicorn's own default. */
const TCP_CONNECTIONS = 1000;

/** Workers of a machine's gateway. */
export const workersOf = ({ facts }: MachineContext): number => size(facts).workers;
/** Folder in which each worker of a slot puts a file once it has loaded the application. */
export const marksOf = (slot: Slot): string => `/run/${marks(slot)}`;

export function checks({ slot, manifest }: MachineContext): readonly Check[] {
  return [verify(serviceOf(slot), candidate.service, releaseService, ...(manifest.framework === 'django' ? [inspectService] : []))];
}

export function files(context: MachineContext): PlannedFile[] {
  const { facts, manifest, releaseDirectory, settings, slot } = context;
  const { timeouts } = manifest.settings;
  const sandbox = sandboxOf(context);
  const config = `/etc/paddock/gunicorn-${slot}.conf.py`;
  const candidateConfig = '/etc/paddock/candidate.conf.py';
  const kept = overTcp(settings) ? { connections: TCP_CONNECTIONS, keepAlive: timeouts.serverKeepAlive } : { connections: size(facts).threads, keepAlive: 0 };
  const values = { ...size(facts), ...kept, timeout: timeouts.gatewayTimeout, gracefulStop: timeouts.gatewayGracefulStop };
  return [
    { path: config, content: render(`${ROOM}/templates/etc/paddock/gunicorn.conf.py`, values) },
    file(ROOM, candidateConfig, { config: quote.path(config) }),
    file(ROOM, `${UNITS}/app-barrier.service`, { uid: APP.uid }),
    // Every address of the machine: its security group lets nobody but balancers in.
    file(ROOM, `${UNITS}/app.socket`, { socket: overTcp(settings) ? `0.0.0.0:${port}` as Safe : quote.path(socket) }),
    file(ROOM, `${UNITS}/app.service`),
    file(ROOM, `${UNITS}/${candidate.socket}`, { socket: quote.path(candidateSocket) }),
    service(context, serviceOf(slot), timeouts.unitStop, { role: `slot ${slot}`, socket: 'app.socket', config, marks: marks(slot), restart: 'always' }),
    // Nobody waits for its answers any more when it is stopped.
    service(context, candidate.service, 2, { role: 'the next release', socket: candidate.socket, config: candidateConfig, marks: marks('candidate'), restart: 'no' }),
    file(ROOM, `${UNITS}/${releaseService}`, { command: quote.command(manifest.releaseCommand ?? ':'), mark: quote.path(join(places.commanded, basename(releaseDirectory))), sandbox }),
    file(ROOM, '/usr/local/lib/paddock/sqlite_databases.py'),
    ...(manifest.framework === 'django' ? djangoFiles(context, sandbox) : []),
  ];
}

function service(context: MachineContext, name: string, stop: number, { role, ...words }: Record<'role' | 'socket' | 'config' | 'marks' | 'restart', string>): PlannedFile {
  const { manifest, releaseDirectory } = context;
  const content = render(`${ROOM}/templates/service.conf`, {
    ...Object.fromEntries(Object.entries(words).map(([key, word]) => [key, quote.path(word)])),
    role: role as Safe,
    release: quote.path(releaseDirectory),
    callable: quote.command(manifest.gateway.callable),
    stop,
    sandbox: sandboxOf(context),
  });
  return { path: `${UNITS}/${name}`, content };
}

/** What every process of the application may do and see. */
function sandboxOf({ releaseDirectory, manifest, slot }: MachineContext): Safe {
  return render(`${ROOM}/templates/sandbox.conf`, {
    release: quote.path(releaseDirectory),
    environment: quote.path(places.environmentOf(slot)),
    folder: quote.path(join(releaseDirectory, 'app', manifest.gateway.chdir ?? '')),
  });
}

function marks(name: string): string {
  return `app-${name}`;
}
