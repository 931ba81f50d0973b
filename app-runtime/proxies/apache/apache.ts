import type { Check, MachineContext, PlannedFile, PlannedUnit } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { file, type Safe } from '../../agent/machine/template.js';
import { verify } from '../../agent/machine/verify.js';
import type { Gateway } from '../../gateway/gateway.js';
import { hosts } from '../../release-settings.js';
import { FORGED, misspelled, TOLD } from '../forged.js';
import { hashed } from '../hashed.js';
import { sandbox } from '../proxy.js';
import { MODULES } from './modules.js';
import { passingBy } from './passing.js';
import { size } from './size.js';
import { stanceOf } from './stance.js';
import { staticRules } from './static.js';

const ROOM = 'proxies/apache';

export const title = 'Apache';
export const unit = 'apache2.service';

/** Debian's package would begin the new one after a security update; what is installed here is the program alone. */
const upgraded = { path: 'apache2-upgraded.path', service: 'apache2-upgraded.service' } as const;

/** Debian's packages: Apache without a site or a unit of Debian's, and the types of files. */
export const packages: readonly string[] = ['apache2-bin', 'media-types'];

export const units: readonly PlannedUnit[] = [{ name: unit, onChange: 'reload' }, { name: upgraded.path, onChange: 'restart' }];

export const checks: readonly Check[] = [
  // What `apachectl configtest` does, with a folder of one's own.
  { judge: 'Apache', command: ['/usr/sbin/apache2', '-t', '-d', '{root}/etc/apache2', '-f', 'paddock.conf'] },
  verify(unit, upgraded.path, upgraded.service),
];

/** What Apache says by itself, by its status. */
const PAGES = [400, 408, 413, 502, 503, 504] as const;

export function files(context: MachineContext, { fastcgi }: Pick<Gateway, 'fastcgi'>): PlannedFile[] {
  const { settings, manifest, facts } = context;
  const { timeouts, maxBodyBytes } = manifest.settings;
  const [site, ...aliases] = hosts(manifest.settings, settings).map(quote.apache) as [Safe, ...Safe[]];
  const passing = passingBy(fastcgi?.(manifest), timeouts);
  const { listens, client, clientKeepAlive, scheme, port, checks: asked, own } = stanceOf(context, passing);
  const includes = ['log', 'limits', 'compression', ...client, 'forwarded', 'gateway', 'readiness', ...asked, 'site'];
  return [
    apache('paddock.conf', {
      modules: lines(MODULES, (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`), ...size(facts), site, drain: timeouts.requestBudget,
      listens: lines(listens, (address) => `Listen ${address}`), includes: lines(includes, (name) => `Include paddock/${name}.conf`),
    }),
    apache('paddock/log.conf'),
    apache('paddock/limits.conf', { clientRead: timeouts.clientRead, clientKeepAlive, maxBodyBytes }),
    apache('paddock/compression.conf'),
    apache('paddock/forwarded.conf', { cleared: lines([...FORGED, ...[...FORGED, ...TOLD].flatMap(misspelled)], (name) => `RequestHeader unset ${name}`) }),
    apache('paddock/gateway.conf', { own: passing.own }),
    apache('paddock/readiness.conf', { serving: passing.to('serving'), candidate: passing.to('candidate') }),
    apache('paddock/site.conf', {
      site, maxBodyBytes, aliases: lines(aliases, (name) => `    ServerAlias ${name}`), scheme, port, static: staticRules(manifest.static), pass: passing.to('serving'),
      pages: lines(PAGES, (status) => `    ErrorDocument ${status} /:paddock/${status}.html`),
    }),
    apache('paddock/static-headers.conf', { hashed }),
    apache('paddock/types.txt'),
    ...own.map((planned) => ({ ...planned, concerns: [unit] })),
    ...PAGES.map((status) => apache(`paddock/pages/${status}.html`)),
    file(ROOM, '/usr/local/lib/paddock/access_log.pl', {}, [unit]),
    file(ROOM, '/usr/local/lib/paddock/requests.lua', {}, [unit]),
    file(ROOM, `/etc/systemd/system/${upgraded.path}`, {}, [upgraded.path]),
    file(ROOM, `/etc/systemd/system/${upgraded.service}`),
    // Concerns nobody: what is said there takes effect when Apache starts the next time, which is soon enough.
    file(ROOM, `/etc/systemd/system/${unit}`, { stop: timeouts.unitStop, sandbox: sandbox() }),
  ];
}

function apache(path: string, values = {}): PlannedFile {
  return file(ROOM, `/etc/apache2/${path}`, values, [unit]);
}

/** A line of each. */
function lines<T>(of: readonly T[], line: (each: T) => string): Safe {
  return of.map((each) => `${line(each)}\n`).join('') as Safe;
}
