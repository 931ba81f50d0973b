import type { MachineContext, PlannedFile, Slot } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { file, render } from '../../agent/machine/template.js';
import type { Gateway } from '../../gateway/gateway.js';
import { listenerOf } from '../../gateway/units.js';
import { rubyFailures } from '../puma/failures.js';
import { rackEnvironment, rackFiles, rackPackages, ruby } from '../puma/machine.js';
import { serves } from '../puma/serves.js';
import { workersOf } from '../puma/size.js';

const ROOM = 'gateways/unicorn';

/** Unicorn serving a Rack application, each of its processes one request at a time, and no connection longer than that. */
export const gateway: Gateway = {
  title: 'Unicorn',
  packages: ['unicorn', ...rackPackages],
  serves,
  webSockets: false,
  failures: rubyFailures,
  size: (facts) => ({ workers: workersOf(facts), threads: 1 }),
  files: (context) => [config(context, context.slot), config(context, 'candidate'), file(ROOM, '/etc/systemd/system/unicorn.service'), ...rackFiles()],
  units: () => [],
  start: ({ slot }, who) => render(`${ROOM}/templates/start.conf`, { config: quote.path(configOf(who === 'candidate' ? who : slot)) }),
  environment: rackEnvironment,
};

const configOf = (who: Slot | 'candidate') => `/etc/paddock/unicorn-${who}.rb`;

function config({ facts, manifest, settings }: MachineContext, who: Slot | 'candidate'): PlannedFile {
  const { gatewayTimeout, gatewayGracefulStop } = manifest.settings.timeouts;
  const content = render(`${ROOM}/templates/etc/paddock/unicorn.rb`, {
    rackup: quote.path(manifest.gateway.serves), workers: workersOf(facts), candidate: ruby(who === 'candidate'), socket: listenerOf(settings, who),
    timeout: gatewayTimeout, gracefulStop: gatewayGracefulStop,
  });
  return { path: configOf(who), content };
}
