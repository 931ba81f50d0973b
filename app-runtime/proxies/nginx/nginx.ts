import { join } from 'node:path';
import { places } from '../../agent/machine/places.js';
import type { Check, MachineContext, PlannedFile, PlannedUnit } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { file, render, type Safe } from '../../agent/machine/template.js';
import { verify } from '../../agent/machine/verify.js';
import { candidateSocket, socket } from '../../gateways/gunicorn/gunicorn.js';
import { hosts } from '../../release-settings.js';

const ROOM = 'proxies/nginx';
export const UNIT = 'nginx.service';

/** Debian's packages: nginx itself, and the module that serves what the release compressed. */
export const packages: readonly string[] = ['nginx', 'libnginx-mod-http-brotli-static'];

/** Where the machine asks whether the application is ready, as if by HTTPS: the release that serves, and the one that proves itself. */
export const readiness = { serving: { host: '127.0.0.1', port: 81 }, candidate: { host: '127.0.0.1', port: 82 } } as const;

export const units: readonly PlannedUnit[] = [{ name: UNIT, onChange: 'reload' }];

export const checks: readonly Check[] = [
  // The user is named because the judge is root, and would otherwise give nginx's folders to nobody.
  { judge: 'nginx', command: ['nginx', '-t', '-q', '-g', 'user www-data;', '-c', '{root}/etc/nginx/paddock.conf'] },
  verify(UNIT),
];

export function files({ settings, manifest }: MachineContext): PlannedFile[] {
  const { timeouts, maxBodyBytes } = manifest.settings;
  const names = hosts(manifest.settings, settings);
  const { clientRead, clientKeepAlive, proxyConnect, proxyRead, requestBudget, unitStop } = timeouts;
  return [
    // Beside Debian's nginx.conf: once that is changed, its package is no longer upgraded unattended.
    nginx('paddock.conf', { drain: requestBudget }),
    nginx('paddock/log.conf'),
    nginx('paddock/limits.conf', { clientRead, clientKeepAlive, maxBodyBytes }),
    nginx('paddock/compression.conf'),
    nginx('paddock/gateway.conf', { socket: quote.path(socket), candidate: quote.path(candidateSocket), proxyConnect, proxyRead }),
    nginx('paddock/forwarded.conf'),
    nginx('paddock/static.conf'),
    nginx('paddock/site.conf', { hosts: words(names), static: lines(manifest.static.map(staticLocation)) }),
    nginx('paddock/readiness.conf'),
    // Concerns nobody: a longer time to stop takes effect when nginx starts the next time, which is soon enough.
    file(ROOM, `/etc/systemd/system/${UNIT}.d/paddock.conf`, { stop: unitStop }),
  ];
}

function nginx(path: string, values = {}): PlannedFile {
  return file(ROOM, `/etc/nginx/${path}`, values, [UNIT]);
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
