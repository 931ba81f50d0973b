import type { Api } from './api.js';
import type { Cloud } from './cloud.js';
import { say } from './events.js';
import { haproxiesOnDisk } from './haproxy.js';
import type { Lab } from './lab.js';
import { LoadBalancerPlane } from './load-balancer-plane.js';
import { type Counts, publish, ResponseTimes, traffic } from './traffic.js';

/** How often the region hears how targets are when nothing changed, in milliseconds. */
const REPORT = 5000;
/** How often metrics are published, in milliseconds; AWS does it every 60 s. */
const PUBLISH = 10_000;
/** Where load balancers tell of requests: inside the lab's network, where no machine reaches it. */
const LOG = { address: '127.0.0.1', port: 5140 };

const NAMESPACES = { application: 'AWS/ApplicationELB', network: 'AWS/NetworkELB' } as const;

/** All load balancers of a lab, and what the region hears of them. */
export class DataPlane {
  private readonly planes = new Map<string, LoadBalancerPlane>();
  private readonly times = new ResponseTimes();
  private readonly counted = new Map<string, Counts>();
  private ready = false;
  private told = '';

  constructor(private readonly lab: Lab, private readonly api: Api) {}

  start(): void {
    this.times.listen(LOG.address, LOG.port);
    setInterval(() => void this.attempt('health report', this.report(true)), REPORT);
    setInterval(() => void this.attempt('metrics', this.publish()), PUBLISH);
  }

  /** Makes the load balancers what the region says. */
  async keep(cloud: Cloud): Promise<void> {
    // Those that went away while no hypervisor ran.
    if (!this.ready) for (const left of haproxiesOnDisk(this.lab)) if (!cloud.loadBalancers.some(({ name }) => name === left.name)) await left.stop();
    this.ready = true;
    for (const [arn, plane] of this.planes) {
      if (cloud.loadBalancers.some((balancer) => balancer.arn === arn)) continue;
      this.planes.delete(arn);
      this.counted.delete(arn);
      await plane.stop();
      say('load balancer removed', { loadBalancer: plane.balancer.name });
    }
    for (const balancer of cloud.loadBalancers) {
      const plane = this.plane(balancer.arn, balancer.name);
      // What comes from here on is counted, from the first request of a new one; what one that runs on has counted was told by the hypervisor before.
      if (!this.counted.has(balancer.arn)) this.counted.set(balancer.arn, plane.haproxy.running ? await plane.haproxy.counts() : []);
      await plane.keep(cloud, balancer);
    }
    await this.report();
  }

  private plane(arn: string, name: string): LoadBalancerPlane {
    const changed = () => void this.attempt('health report', this.report());
    const plane = this.planes.get(arn) ?? new LoadBalancerPlane({ lab: this.lab, api: this.api, log: `${LOG.address}:${LOG.port}`, changed }, name);
    this.planes.set(arn, plane);
    return plane;
  }

  /** Tells the region how each target is: at once when that changed, and now and then in any case. */
  private async report(anyway = false): Promise<void> {
    const groups = [...this.planes.values()].flatMap((plane) => plane.groups.map((group) => [group.arn, plane.health(group)] as const));
    const known = groups.map(([arn, health]) => [arn, Object.fromEntries(Object.entries(health).map(([id, { state, reason }]) => [id, { state, ...(reason !== undefined && { reason }) }]))]);
    const words = JSON.stringify(known);
    if (known.length === 0 || (words === this.told && !anyway)) return;
    await this.api.door('/lab/target-health', Object.fromEntries(known) as object);
    this.told = words;
  }

  private async publish(): Promise<void> {
    for (const [arn, plane] of this.planes) {
      const { balancer, groups, haproxy } = plane;
      if (!haproxy.running) continue;
      const counts = await haproxy.counts();
      const data = traffic(balancer, groups, this.counted.get(arn) ?? [], counts, this.times.take(balancer.name), (group) => Object.values(plane.health(group)));
      this.counted.set(arn, counts);
      await publish(this.api, NAMESPACES[balancer.type], data);
    }
  }

  private async attempt(subject: string, work: Promise<void>): Promise<void> {
    await work.catch((error: Error) => say('step failed', { subject, reason: error.message }));
  }
}
