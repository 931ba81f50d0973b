import type { MachineContext, PlannedFile, Slot } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { file, render } from '../../agent/machine/template.js';
import type { Gateway } from '../../gateway/gateway.js';
import { overTcp } from '../../gateway/units.js';
import { rubyFailures } from './failures.js';
import { rackEnvironment, rackFiles, rackPackages, ruby } from './machine.js';
import { serves } from './serves.js';
import { size } from './size.js';

const ROOM = 'gateways/puma';

/** Puma serving a Rack application, in threads of several processes. */
export const gateway: Gateway = {
  title: 'Puma',
  packages: ['puma', ...rackPackages],
  serves,
  // By Rack's hijacking: the application takes the connection, and the worker is free again.
  webSockets: true,
  size,
  failures: rubyFailures,
  files: (context) => [config(context, context.slot), config(context, 'candidate'), file(ROOM, '/usr/local/lib/paddock/paddock_puma.rb'), ...rackFiles()],
  units: () => [],
  start: ({ slot }, who) => render(`${ROOM}/templates/start.conf`, { config: quote.path(configOf(who === 'candidate' ? who : slot)) }),
  environment: rackEnvironment,
};

const configOf = (who: Slot | 'candidate') => `/etc/paddock/puma-${who}.rb`;

function config({ facts, manifest, settings }: MachineContext, who: Slot | 'candidate'): PlannedFile {
  const { timeouts, startSeconds } = manifest.settings;
  const content = render(`${ROOM}/templates/etc/paddock/puma.rb`, {
    ...size(facts), rackup: quote.path(manifest.gateway.serves), candidate: ruby(who === 'candidate'), kept: ruby(overTcp(settings) && who !== 'candidate'), keepAlive: timeouts.serverKeepAlive,
    start: startSeconds, timeout: timeouts.gatewayTimeout, gracefulStop: timeouts.gatewayGracefulStop,
  });
  return { path: configOf(who), content };
}
