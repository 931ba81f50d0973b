import { join } from 'node:path';
import { APP } from '../../agent/app-user.js';
import type { Check, MachineContext, PlannedFile, PlannedUnit } from '../../agent/plan.js';
import { quote } from '../../agent/quote.js';
import { file, render, type Safe } from '../../agent/template.js';
import { verify } from '../../agent/verify.js';
import { size } from './size.js';

const ROOM = 'gateways/gunicorn';
const UNITS = '/etc/systemd/system';

/** Debian's packages: the release brings the rest. */
export const packages: readonly string[] = ['python3'];

/** Where the gateway listens. systemd owns the socket, so that requests wait in it while the gateway is restarted. */
export const socket = '/run/app/gateway.sock';

/** Gunicorn, serving the release. It brings its socket along. */
export const service = 'app.service';
/** Oneshot: runs the release command, or nothing when the release has none. */
export const releaseService = 'app-release.service';

export const units: readonly PlannedUnit[] = [{ name: service, onChange: 'restart' }];

export const checks: readonly Check[] = [verify(service, releaseService)];

export function files(context: MachineContext): PlannedFile[] {
  const { facts, settings: { timeouts }, manifest, releaseDirectory } = context;
  const sandbox = sandboxOf(context);
  return [
    file(ROOM, '/etc/paddock/gunicorn.conf.py', {
      ...size(facts), timeout: timeouts.gatewayTimeout, gracefulStop: timeouts.gatewayGracefulStop,
    }, [service]),
    // Neither says anything of a release, so neither changes while the machine lives.
    file(ROOM, `${UNITS}/app-barrier.service`, { uid: APP.uid }),
    file(ROOM, `${UNITS}/app.socket`, { socket: quote.path(socket) }),
    file(ROOM, `${UNITS}/${service}`, {
      release: quote.path(releaseDirectory), callable: quote.command(manifest.gateway.callable), stop: timeouts.unitStop, sandbox,
    }, [service]),
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
