import { join } from 'node:path';
import { render } from '../../agent/machine/template.js';
import { behindFront, frontSize, frontStart } from '../../gateway/front.js';
import type { Gateway } from '../../gateway/gateway.js';
import { packages } from './libraries.js';
import { heap } from './size.js';

/** The host's file in a release's lib/. */
export const HOST = 'owin-host.exe';

/** An OWIN application on Mono, in a host of our own behind a front: Mono cannot take a socket that it inherits. */
export const gateway: Gateway = {
  ...behindFront,
  title: 'OWIN on Mono',
  packages,
  serves: { pattern: /^[A-Za-z_][\w.+]*(, [\w.-]+)?$/, must: 'a class as in Shop.Startup, Shop' },
  // Neither Mono nor OWIN 1.0 has them: they came with an extension of its own, for Windows 8.
  webSockets: false,
  // ADO.NET's own. Source: the documentation of SqlConnection.ConnectionString, and Npgsql's, Maximum Pool Size.
  pool: 100,
  start: ({ manifest, slot, releaseDirectory }, who) => frontStart(slot, who, [
    '/usr/bin/mono', join(releaseDirectory, 'lib', HOST), 'serve', join(releaseDirectory, 'app'), manifest.gateway.serves, String(frontSize().threads),
  ]),
  environment: ({ facts }) => render('gateways/owin/templates/environment.conf', { heap: heap(facts) }),
};
