/** What Tomcat and Jetty have in common on a machine: each is a launcher in Java that the release brings, started in the same way. */
import type { MachineContext, Slot } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { render, type Safe } from '../../agent/machine/template.js';
import type { Gateway } from '../../gateway/gateway.js';
import { overTcp } from '../../gateway/units.js';
import { javaFailures } from './failures.js';
import { collector, heap, size } from './size.js';

const ROOM = 'gateways/tomcat';

/** What such a gateway serves: the release holds one web application, and nothing of it is to be named. */
export const SERVES = 'webapp';

/**
 * The gateway of a launcher.
 * @param name of its folder, and of its settings on the machine
 * @param main class of the launcher
 */
export function jvmGateway(name: string, title: string, main: string): Gateway {
  const settingsOf = (slot: Slot) => `/etc/paddock/${name}-${slot}.properties`;
  return {
    title,
    packages: ['openjdk-21-jre-headless'],
    serves: { pattern: new RegExp(`^${SERVES}$`), must: `${SERVES}, the exploded WAR that is the release's app/` },
    // Neither server was asked to keep one over a switch.
    webSockets: false,
    failures: javaFailures,
    size,
    parallel: true,
    // HikariCP's own. Source: its maximumPoolSize.
    pool: 10,
    files: (context) => [{ path: settingsOf(context.slot), content: settings(context) }],
    units: () => [],
    start: ({ facts, releaseDirectory, slot }, who) => render(`${ROOM}/templates/start.conf`, {
      heap: heap(facts), collector: collector(facts) as Safe, release: quote.path(releaseDirectory), main: quote.path(main),
      settings: quote.path(settingsOf(slot)), candidate: (who === 'candidate' ? '--candidate ' : '') as Safe,
    }),
    environment: () => render(`${ROOM}/templates/environment.conf`),
  };
}

function settings({ facts, manifest, settings: machine }: MachineContext): Safe {
  const { serverKeepAlive, gatewayTimeout, gatewayGracefulStop } = manifest.settings.timeouts;
  return render(`${ROOM}/templates/etc/paddock/jvm.properties`, {
    threads: size(facts).threads, keepAlive: overTcp(machine) ? serverKeepAlive : 0, timeout: gatewayTimeout, gracefulStop: gatewayGracefulStop,
  });
}
