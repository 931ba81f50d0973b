/** Which proxy stands on a machine. */
import * as apache from './proxies/apache/apache.js';
import * as nginx from './proxies/nginx/nginx.js';
import type { Proxy } from './proxies/proxy.js';
import type { MachineSettings, ProxyName } from './settings.js';

/** Every proxy that there is. */
export const proxies: Readonly<Record<ProxyName, Proxy>> = { nginx, apache };

/** The machine's own proxy; none where requests come from a balancer that is one. */
export function proxyOf(settings: MachineSettings): Proxy | undefined {
  if (settings.role === 'balancer') return nginx;
  if (settings.role === 'app-server' && settings.balancer === 'nginx') return undefined;
  return proxies[settings.proxy ?? 'nginx'];
}
