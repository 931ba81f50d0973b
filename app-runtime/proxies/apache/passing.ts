/** Passing: how Apache hands a request to a gateway, by HTTP or by FastCGI. */
import { join } from 'node:path';
import { quote } from '../../agent/machine/quote.js';
import { render, type Safe } from '../../agent/machine/template.js';
import type { FastCgi } from '../../gateway/gateway.js';
import { candidateSocket, socket } from '../../gateway/units.js';
import type { Timeouts } from '../../release-settings.js';

const TEMPLATES = 'proxies/apache/templates';

/** The release that serves, or the one that proves itself. */
const SOCKETS = { serving: socket, candidate: candidateSocket } as const;

export interface Passing {
  /** Directives that the other protocol has no use for. */
  readonly own: Safe;
  /** Lines of a virtual host that passes its requests to a release. */
  readonly to: (who: keyof typeof SOCKETS) => Safe;
}

/** @param fastcgi what a gateway serves by FastCGI; undefined for one that speaks HTTP */
export function passingBy(fastcgi: FastCgi | undefined, { proxyConnect, proxyRead }: Timeouts): Passing {
  const to = (template: string) => (who: keyof typeof SOCKETS) => render(`${TEMPLATES}/${template}.conf`, { socket: quote.path(SOCKETS[who]), name: who as Safe, connect: proxyConnect, read: proxyRead });
  if (!fastcgi) return { own: '' as Safe, to: to('to-http') };
  const { root, script } = fastcgi;
  return { own: render(`${TEMPLATES}/fastcgi.conf`, { root: quote.path(root), script: quote.path(script), file: quote.path(join(root, script)) }), to: to('to-fastcgi') };
}
