import { join } from 'node:path';
import { quote } from '../../agent/machine/quote.js';
import { render } from '../../agent/machine/template.js';
import { behindFront, frontStart } from '../../gateway/front.js';
import type { Gateway } from '../../gateway/gateway.js';
import { goFailures } from './failures.js';

/** A Go program that serves by net/http on the port that `PORT` names. */
export const gateway: Gateway = {
  ...behindFront,
  title: 'Go',
  failures: goFailures,
  serves: { pattern: /^[A-Za-z0-9_][\w.-]*$/, must: 'the name of a program' },
  start: ({ manifest, slot, releaseDirectory }, who) => frontStart(slot, who, [join(releaseDirectory, 'bin', manifest.gateway.serves)]),
  environment: ({ releaseDirectory }) => render('gateways/go/templates/environment.conf', { release: quote.path(releaseDirectory) }),
};
