/** Passing: how nginx hands a request to a gateway, by HTTP or by FastCGI, and what it says of the visitor in either. */
import { join } from 'node:path';
import { quote } from '../../agent/machine/quote.js';
import { render, type Safe } from '../../agent/machine/template.js';
import type { FastCgi } from '../../gateway/gateway.js';
import { FORGED } from '../forged.js';

const TEMPLATES = 'proxies/nginx/templates';

/** Where a request goes, and as what it came, in nginx's words. */
export interface Request {
  readonly upstream: Safe;
  readonly host: Safe;
  readonly scheme: Safe;
  readonly port: Safe;
  /** What becomes of the connection; FastCGI has no say in it. */
  readonly upgrade: Safe;
  readonly connection: Safe;
}

export interface Passing {
  /** First word of nginx's directives for it. */
  readonly by: Safe;
  /** Directives that the other protocol has no use for. */
  readonly own: (scheme: Safe) => Safe;
  /** Lines of a location that passes a request. */
  readonly to: (request: Request) => Safe;
  /** A header as the gateway gets it. */
  readonly header: (name: string, value: Safe) => Safe;
}

const word = (text: string): Safe => text as Safe;

/** @param fastcgi what a gateway serves by FastCGI; undefined for one that speaks HTTP */
export function passingBy(fastcgi: FastCgi | undefined): Passing {
  return fastcgi === undefined ? http : byFastCgi(fastcgi);
}

const http: Passing = {
  by: word('proxy'),
  own: () => render(`${TEMPLATES}/http.conf`),
  to: (request) => render(`${TEMPLATES}/to-http.conf`, { ...request }),
  header: (name, value) => word(`proxy_set_header ${name} ${value};\n`),
};

function byFastCgi({ root, script }: FastCgi): Passing {
  return {
    by: word('fastcgi'),
    own: (scheme) => render(`${TEMPLATES}/fastcgi.conf`, { scheme }),
    to: ({ upstream, host, scheme, port }) => render(`${TEMPLATES}/to-fastcgi.conf`, {
      upstream, host, scheme, port, https: word(scheme === 'https' ? 'on' : '$gateway_https'), root: quote.path(root), script: quote.path(script), file: quote.path(join(root, script)),
    }),
    // Named here, a visitor's own header of that name is not passed; what is empty is not passed either.
    header: (name, value) => word(`fastcgi_param HTTP_${name.toUpperCase().replaceAll('-', '_')} ${value}${value === '""' ? ' if_not_empty' : ''};\n`),
  };
}

/** What the proxy says of every request, and what it takes away. @param requestId in nginx's words */
export function forwarded({ header }: Passing, requestId: Safe): { readonly told: Safe; readonly cleared: Safe } {
  const told = [header('X-Forwarded-For', word('$remote_addr')), header('X-Real-IP', word('$remote_addr')), header('X-Request-ID', requestId)];
  return { told: word(told.join('')), cleared: word(FORGED.map((name) => header(name, word('""'))).join('')) };
}
