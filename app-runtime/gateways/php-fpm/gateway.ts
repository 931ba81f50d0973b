import { basename, dirname, join } from 'node:path';
import type { Slot } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { file, render, type Safe } from '../../agent/machine/template.js';
import type { Gateway } from '../../gateway/gateway.js';
import { listenerOf } from '../../gateway/units.js';
import { phpFailures } from './failures.js';
import { size } from './size.js';

const ROOM = 'gateways/php-fpm';
/** Where each release's processes find their own application. */
const APPLICATION = '/srv/app';
const LIBRARY = '/usr/local/lib/paddock';

/** PHP-FPM serving an application by its front controller. */
export const gateway: Gateway = {
  title: 'PHP-FPM',
  // What PHP's frameworks ask for, and drivers of the databases.
  packages: ['fpm', 'curl', 'gd', 'intl', 'mbstring', 'mysql', 'pgsql', 'sqlite3', 'xml', 'zip'].map((part) => `php8.4-${part}`),
  fastcgi: ({ gateway: { serves } }) => ({ root: join(APPLICATION, dirname(serves)), script: basename(serves) }),
  serves: { pattern: /^([A-Za-z0-9_-]+\/)*[A-Za-z0-9_-]+\.php$/, must: 'a script such as public/index.php' },
  webSockets: false,
  failures: phpFailures(APPLICATION),
  size,
  files: ({ facts, manifest: { settings: { timeouts, maxBodyBytes } }, settings, slot }) => [
    ...([slot, 'candidate'] as const).map((who) => ({
      path: configOf(who),
      content: render(`${ROOM}/templates/etc/paddock/php-fpm.conf`, {
        listen: listenerOf(settings, who), workers: size(facts).workers, maxBodyBytes, timeout: timeouts.gatewayTimeout, gracefulStop: timeouts.gatewayGracefulStop,
      }),
    })),
    ...['prepend.php', 'php_marks.sh'].map((name) => file(ROOM, `${LIBRARY}/${name}`)), file(ROOM, '/etc/systemd/system/php8.4-fpm.service'),
  ],
  units: () => [],
  start: ({ releaseDirectory, settings }, who) => render(`${ROOM}/templates/start.conf`, {
    listen: listenerOf(settings, who), candidate: (who === 'candidate' ? ' PADDOCK_CANDIDATE=1' : '') as Safe, application: quote.path(join(releaseDirectory, 'app')), config: quote.path(configOf(who)),
  }),
  environment: ({ releaseDirectory }) => render(`${ROOM}/templates/environment.conf`, { application: quote.path(join(releaseDirectory, 'app')) }),
};

const configOf = (who: Slot | 'candidate') => `/etc/paddock/php-fpm-${who}.conf`;
