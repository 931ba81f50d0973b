/** Units and sockets by which every gateway serves a release, whatever it is: the agent starts and stops these, and the proxy speaks to them. */
import type { Slot } from '../agent/machine/plan.js';
import { quote } from '../agent/machine/quote.js';
import type { Safe } from '../agent/machine/template.js';
import type { MachineSettings } from '../settings.js';
import { splitTier } from '../split-tier.js';

/** Where requests come in. systemd owns the socket, so that it stays when the release behind it changes. */
export const socket = '/run/app/gateway.sock';
/** Where an app server's gateway takes requests from nginx balancers. */
export const port = splitTier.gatewayPort;
/** Where the next release proves itself. */
export const candidateSocket = '/run/app/candidate.sock';

/** The gateway serving a release. The slots take turns: the next release starts in the one that is free, and then the other one stops. */
export const serviceOf = (slot: Slot): string => `app-${slot}.service`;
/** The gateway with the next release, out of reach of the site's visitors. */
export const candidate = { service: 'app-candidate.service', socket: 'app-candidate.socket' } as const;
/** Oneshot: runs the release command, or nothing when the release has none. */
export const releaseService = 'app-release.service';
/** Oneshot: lets a release tell what its migrations do, where its framework can. */
export const inspectService = 'app-inspect.service';
/** Every unit that may have something to say about a release. */
export const services: readonly string[] = [serviceOf('a'), serviceOf('b'), candidate.service, releaseService, inspectService];

/** Whether the proxy is on other machines, and speaks to the gateway by TCP. */
export const overTcp = (settings: MachineSettings): boolean => settings.role === 'app-server' && settings.balancer === 'nginx';

/** Where a slot or the candidate takes requests, as a listener is named: a path, or every address of the machine, whose security group lets nobody but balancers in. */
export function listenerOf(settings: MachineSettings, who: Slot | 'candidate'): Safe {
  if (who === 'candidate') return quote.path(candidateSocket);
  return overTcp(settings) ? `0.0.0.0:${port}` as Safe : quote.path(socket);
}

/** Name of the folder, under `/run`, in which each worker of a slot puts a file once it has loaded the application. */
export const marks = (who: Slot | 'candidate'): string => `app-${who}`;
/** The folder itself. */
export const marksOf = (slot: Slot): string => `/run/${marks(slot)}`;
