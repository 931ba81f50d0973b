import { join } from 'node:path';
import { places } from '../../agent/machine/places.js';
import type { Check, MachineContext, PlannedFile, PlannedUnit } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { file, render, type Safe } from '../../agent/machine/template.js';
import { verify } from '../../agent/machine/verify.js';
import type { Gateway } from '../../gateway/gateway.js';
import { hosts } from '../../release-settings.js';
import { hashed } from '../hashed.js';
import { sandbox } from '../proxy.js';
import { forwarded, passingBy } from './passing.js';
import { stanceOf } from './stance.js';

const ROOM = 'proxies/nginx';
export const title = 'nginx';
export const unit = 'nginx.service';

/** Debian's packages: nginx itself, and the module that serves what the release compressed. */
export const packages: readonly string[] = ['nginx', 'libnginx-mod-http-brotli-static'];

/** The same for a balancer, which chooses servers in Lua. */
export const balancerPackages: readonly string[] = [...packages, 'libnginx-mod-http-lua'];

export const units: readonly PlannedUnit[] = [{ name: unit, onChange: 'reload' }];

export const checks: readonly Check[] = [
  // The user is named because the judge is root, and would otherwise give nginx's folders to nobody. A balancer's Lua is judged where it lies.
  { judge: 'nginx', command: ['env', 'LUA_PATH={root}/usr/local/lib/paddock/?.lua;;', 'nginx', '-t', '-q', '-g', 'user www-data;', '-c', '{root}/etc/nginx/paddock.conf'] },
  verify(unit),
];

export function files(context: MachineContext, { fastcgi }: Pick<Gateway, 'fastcgi'>): PlannedFile[] {
  const { settings, manifest } = context;
  const { timeouts, maxBodyBytes } = manifest.settings;
  const names = words(hosts(manifest.settings, settings));
  const passing = passingBy(fastcgi?.(manifest));
  const stance = stanceOf(context, names, passing);
  const { modules, connections, inFlight, clientKeepAlive, client, upstream, own, checks: asked, redirect } = stance;
  const { everyListen, listen, scheme, port, connection, requestId, server, begin } = stance.words;
  const to = passing.to({ upstream: 'gateway' as Safe, host: '$host' as Safe, scheme, port, upgrade: '$upgrade' as Safe, connection: '$gateway_connection' as Safe });
  const pass = render(`${ROOM}/templates/pass.conf`, { inFlight, to });
  const includes = [...client, 'log', 'limits', 'compression', 'upgrade', upstream, 'static', ...redirect, 'site', ...asked];
  return [
    // Beside Debian's nginx.conf: once that is changed, its package is no longer upgraded unattended.
    nginx('paddock.conf', { modules: lines(modules.map((module) => `load_module modules/${module}.so;\n` as Safe)), includes: lines(includes.map((name) => `    include paddock/${name}.conf;\n` as Safe)), drain: timeouts.requestBudget, connections, inFlight }),
    nginx('paddock/log.conf', { requestId, server }),
    nginx('paddock/limits.conf', { clientRead: timeouts.clientRead, clientKeepAlive, maxBodyBytes }),
    nginx('paddock/compression.conf'),
    nginx('paddock/upgrade.conf', { connection }),
    nginx('paddock/forwarded.conf', forwarded(passing, requestId)),
    nginx('paddock/static.conf', { hashed }),
    nginx('paddock/site.conf', { everyListen, listen, hosts: names, static: lines(manifest.static.map(staticLocation)), begin, pass, ending: stance.closes ? render(`${ROOM}/templates/closing-location.conf`, { pass }) : '' as Safe }),
    ...own.map((planned) => ({ ...planned, concerns: [unit] })),
    // Concerns nobody: a longer time to stop takes effect when nginx starts the next time, which is soon enough.
    file(ROOM, `/etc/systemd/system/${unit}.d/paddock.conf`, { stop: timeouts.unitStop, sandbox: sandbox() }),
  ];
}

function nginx(path: string, values = {}): PlannedFile {
  return file(ROOM, `/etc/nginx/${path}`, values, [unit]);
}

/** Both sides of `alias` end in a slash: without it, `/static../` would read the folder above. */
function staticLocation({ url, directory }: MachineContext['manifest']['static'][number]): Safe {
  const other = `/:other-release:${url}`;
  const below = (link: string) => quote.nginx(`${join(link, directory)}/`);
  return render(`${ROOM}/templates/static-location.conf`, {
    url: quote.nginx(url), directory: below(places.current),
    otherUrl: quote.nginx(other), otherDirectory: below(places.other),
    thirdUrl: quote.nginx(`/:third-release:${other}`), thirdDirectory: below(places.third),
  });
}

/** Host names, each once: nginx warns of a second. */
function words(texts: readonly string[]): Safe {
  return [...new Set(texts)].map(quote.nginx).join(' ') as Safe;
}

function lines(parts: readonly Safe[]): Safe {
  return parts.join('') as Safe;
}
