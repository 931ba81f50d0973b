import { quote } from '../../agent/machine/quote.js';
import { render } from '../../agent/machine/template.js';
import { behindFront, frontStart } from '../../gateway/front.js';
import type { Gateway } from '../../gateway/gateway.js';

/** Any server that is a program of its own and listens on the port that `PORT` names. */
export const gateway: Gateway = {
  ...behindFront,
  title: 'Executable',
  serves: { pattern: /^[\w.][\w./+-]*( [\w./:=@,+-]+)*$/, must: 'a program of the application with its words, as in bin/server --quiet' },
  start: ({ manifest, slot }, who) => frontStart(slot, who, wordsOf(manifest.gateway.serves)),
  environment: ({ releaseDirectory }) => render('gateways/executable/templates/environment.conf', { release: quote.path(releaseDirectory) }),
};

/** A path of the application's own, which no search for programs may find elsewhere. */
function wordsOf(serves: string): string[] {
  const [program, ...words] = serves.split(' ') as [string, ...string[]];
  return [`./${program}`, ...words];
}
