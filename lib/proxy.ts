import { proxies } from '../app-runtime/proxies.js';
import type { ProxyName } from '../app-runtime/settings.js';
import type { Choice } from './choice.js';

/** The server that speaks HTTP on a machine that runs the application. A value: `Proxy.nginx()` or `Proxy.apache()`. */
export interface Proxy extends Choice {
  readonly chosen: ProxyName;
  /** Debian packages that it needs. */
  readonly packages: readonly string[];
  /** What a machine is told of it. */
  readonly told: { readonly proxy?: ProxyName };
}

export const Proxy = {
  /** nginx: takes whole requests and whole answers, so that a slow visitor holds nothing of the application, and ten thousand connections in little memory. */
  nginx: (): Proxy => ({ chosen: 'nginx', choices: words(), packages: proxies.nginx.packages, told: {} }),

  /**
   * Apache httpd with the event MPM. The same headers, files, limits and pages; each request holds a thread, and an answer of more than what
   * the kernel takes holds its worker until the visitor has it: docs/proxies.md.
   */
  apache: (): Proxy => ({ chosen: 'apache', choices: words(), packages: proxies.apache.packages, told: { proxy: 'apache' } }),
};

function words(): Choice['choices'] {
  return { nginx: Proxy.nginx, apache: Proxy.apache };
}
