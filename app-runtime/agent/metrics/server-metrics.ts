import { pause } from '../aws/retry.js';
import type { Datum } from './datum.js';
import { busyThreads, type GatewayLoad } from './gateway-load.js';
import type { Measure } from './publish.js';

/** How often the load is looked at, in milliseconds: a single look each period would be luck. */
const LOOK = 1000;

/**
 * What an app server publishes: `BusyThreads`, the average of the period.
 * @param joined whether it takes its share of the requests: one that starts or leaves would make the group look idler than it is
 */
export function serverMetrics(load: () => Promise<GatewayLoad>, joined: () => boolean): Measure {
  const looks: number[] = [];
  void look(looks, load);
  return () => {
    const seen = looks.splice(0);
    if (!joined() || seen.length === 0) return [];
    const average = seen.reduce((sum, each) => sum + each, 0) / seen.length;
    return [{ name: 'BusyThreads', unit: 'Percent', value: Math.round(average * 10) / 10 } satisfies Datum];
  };
}

async function look(looks: number[], load: () => Promise<GatewayLoad>): Promise<never> {
  for (;; await pause(LOOK)) await load().then((seen) => looks.push(busyThreads(seen)), () => {});
}
