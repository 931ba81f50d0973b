/** Which proxy stands on a machine. */
import * as nginx from './proxies/nginx/nginx.js';
import type { Proxy } from './proxies/proxy.js';
import type { MachineSettings } from './settings.js';

/** Every proxy that there is. */
export const proxies: readonly Proxy[] = [nginx];

/** The machine's own proxy; none where requests come from a balancer that is one. */
export function proxyOf(settings: MachineSettings): Proxy | undefined {
  return settings.role === 'app-server' && settings.balancer === 'nginx' ? undefined : nginx;
}
