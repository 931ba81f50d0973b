import { join } from 'node:path';
import type { MachineContext, Slot } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { file, render, type Safe } from '../../agent/machine/template.js';
import { nodeFiles } from '../../gateway/files.js';
import type { Gateway } from '../../gateway/gateway.js';
import { overTcp } from '../../gateway/units.js';
import { nodeFailures } from './failures.js';
import { heap, size } from './size.js';

const ROOM = 'gateways/node';
const PROGRAMS = ['node_gateway.mjs', 'node_worker.cjs'];

/** Node.js serving an application that listens by `http`: Express, Connect and all that build on it. */
export const gateway: Gateway = {
  title: 'Node.js',
  // The agent runs on it: every machine has it.
  packages: [],
  serves: { pattern: /^(?!-\S*( -\S*)*$)[\w./:=@,+-]+( [\w./:=@,+-]+)*$/, must: 'what node runs, as in server.js' },
  size,
  // node-postgres' own. Source: its Pool, max.
  pool: 10,
  files: ({ facts, manifest, settings, slot }) => [
    {
      path: settingsOf(slot),
      content: render(`${ROOM}/templates/etc/paddock/node.json`, {
        ...size(facts), heap: heap(facts), keepAlive: overTcp(settings) ? manifest.settings.timeouts.serverKeepAlive : 0,
        timeout: manifest.settings.timeouts.gatewayTimeout, gracefulStop: manifest.settings.timeouts.gatewayGracefulStop,
      }),
    },
    ...PROGRAMS.map((name) => file(ROOM, `/usr/local/lib/paddock/${name}`)), ...nodeFiles(),
  ],
  webSockets: true,
  failures: nodeFailures,
  units: () => [],
  start: ({ manifest, slot }, who) => render(`${ROOM}/templates/start.conf`, {
    settings: quote.path(settingsOf(slot)), candidate: (who === 'candidate' ? '--candidate ' : '') as Safe,
    words: manifest.gateway.serves.split(' ').map(quote.command).join(' ') as Safe,
  }),
  environment: ({ releaseDirectory, manifest }: MachineContext) => render(`${ROOM}/templates/environment.conf`, { folder: quote.path(join(releaseDirectory, 'app', manifest.gateway.chdir ?? '')) }),
};

const settingsOf = (slot: Slot) => `/etc/paddock/node-${slot}.json`;
