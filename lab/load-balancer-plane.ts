import { join } from 'node:path';
import type { Api } from './api.js';
import { siteCertificate } from './certificate.js';
import { type Cloud, sourceOf } from './cloud.js';
import { run } from './command.js';
import { say } from './events.js';
import { HAProxy } from './haproxy.js';
import { haproxyConfig, isPlayed, SLOTS, type Surroundings } from './haproxy-config.js';
import type { Health, Question } from './health-check.js';
import { HealthWatch } from './health-watch.js';
import type { Lab } from './lab.js';
import type { LoadBalancer, Target, TargetGroup } from './load-balancers.js';
import { addressOf, endsOf, isRegistered, keyOf, rotation, type Seat, seated } from './rotation.js';

/** What the load balancers of a lab share. */
export interface Circumstances {
  readonly lab: Lab;
  readonly api: Api;
  /** Where they send a line for each request. */
  readonly log: string;
  /** Hears that the health of a target is another. */
  readonly changed: () => void;
}

/** Who sits where in a target group. */
interface Seats {
  readonly slots: (string | undefined)[];
  readonly places: ReadonlyMap<string, Seat>;
}

/** A load balancer made real: an HAProxy at its address, the health of its targets, and who of them has traffic. */
export class LoadBalancerPlane {
  readonly haproxy: HAProxy;
  private readonly watch: HealthWatch;
  private readonly certificates = new Map<string, string>();
  private seats = new Map<string, Seats>();
  private shape = '';
  private addresses = '';
  private turns = Promise.resolve();
  private cloud!: Cloud;
  balancer!: LoadBalancer;
  groups: readonly TargetGroup[] = [];

  constructor(private readonly around: Circumstances, name: string) {
    this.haproxy = new HAProxy(around.lab, name);
    this.watch = new HealthWatch(() => {
      void this.turn().catch((error: Error) => say('step failed', { subject: name, reason: error.message }));
      around.changed();
    });
  }

  /** Takes what the region says now. */
  async keep(cloud: Cloud, balancer: LoadBalancer): Promise<void> {
    this.cloud = cloud;
    this.balancer = balancer;
    const arns = new Set(balancer.listeners.flatMap(({ rules }) => rules.flatMap(({ action }) => (action.type === 'forward' ? action.groups.map(({ arn }) => arn) : []))));
    this.groups = cloud.targetGroups.filter(({ arn }) => arns.has(arn));
    await this.turn();
  }

  /** Health of each registered target of a group, by its id. */
  health({ arn, targets }: TargetGroup): Record<string, Health> {
    return Object.fromEntries(targets.filter(isRegistered).map((target) => [target.id, this.watch.of(watchKey(arn, target))]));
  }

  async stop(): Promise<void> {
    this.watch.keepOnly(new Set());
    await this.haproxy.stop();
    for (const address of this.addresses.split(' ')) await run('ip', ['-n', this.around.lab.id, 'address', 'delete', `${address}/32`, 'dev', 'lo']);
  }

  /** One turn after the other: two at once would seat a target twice. */
  private turn(): Promise<void> {
    const next = this.turns.then(() => this.once());
    this.turns = next.catch(() => {});
    return next;
  }

  private async once(): Promise<void> {
    const source = sourceOf(this.cloud, this.balancer);
    // Before its subnets are known, nothing can be called from them.
    if (source === undefined || !this.balancer.listeners.some(isPlayed)) return;
    await this.beThere(source);
    this.check(source);
    const around: Surroundings = { source, socket: this.haproxy.socket, log: this.around.log, certificates: await this.papers() };
    const [shape, commands] = [haproxyConfig(this.balancer, this.groups, around), this.seat()];
    if (shape === this.shape && this.haproxy.running) return void await this.haproxy.tell(commands);
    const slots = Object.fromEntries([...this.seats].map(([arn, seats]) => [arn, seats.slots.map((key) => (key === undefined ? undefined : seats.places.get(key)))]));
    await this.haproxy.configure(haproxyConfig(this.balancer, this.groups, { ...around, slots }));
    say('load balancer configured', { loadBalancer: this.balancer.name, address: this.balancer.address, listeners: this.balancer.listeners.filter(isPlayed).map(({ port }) => port) });
    this.shape = shape;
  }

  /** Takes its own two addresses: the one that it answers at, and the one that it calls from. */
  private async beThere(source: string): Promise<void> {
    const wanted = `${this.balancer.address} ${source}`;
    if (wanted === this.addresses) return;
    await run('ip', ['-n', this.around.lab.id, '-batch', '-'], { input: wanted.split(' ').map((address) => `address replace ${address}/32 dev lo\n`).join('') });
    this.addresses = wanted;
  }

  private check(source: string): void {
    const keys = new Set<string>();
    for (const group of this.groups) {
      for (const target of group.targets.filter(isRegistered)) {
        const address = addressOf(this.cloud, target);
        if (!address) continue;
        const port = group.check.port === 'traffic-port' ? target.port : Number(group.check.port);
        const question: Question = { source, address, port, proxyProtocol: group.attributes['proxy_protocol_v2.enabled'] === 'true' };
        keys.add(watchKey(group.arn, target));
        this.watch.watch(watchKey(group.arn, target), group.check, question, target.state);
      }
    }
    this.watch.keepOnly(keys);
  }

  /** Gives each target its place. Returns what HAProxy must be told of it. */
  private seat(): string[] {
    const next = new Map<string, Seats>();
    const told = this.groups.flatMap((group) => {
      const members = group.targets.flatMap((target) => {
        const address = addressOf(this.cloud, target);
        return address && target.state !== 'unused' ? [{ target, address, health: this.watch.of(watchKey(group.arn, target)) }] : [];
      });
      const { slots, places } = this.seats.get(group.arn) ?? { slots: new Array<undefined>(SLOTS).fill(undefined), places: new Map<string, Seat>() };
      const now = rotation(members);
      const seating = seated(group.name, slots, places, now, endsOf(this.balancer.type, group));
      if (seating.standing.length > 0) say('targets left out', { loadBalancer: this.balancer.name, targets: seating.standing, slots: SLOTS });
      this.tellRotation(group, places, now);
      next.set(group.arn, { slots: seating.slots, places: now });
      return seating.commands;
    });
    this.seats = next;
    return told;
  }

  private tellRotation(group: TargetGroup, before: ReadonlyMap<string, Seat>, now: ReadonlyMap<string, Seat>): void {
    const inside = (places: ReadonlyMap<string, Seat>) => [...places].filter(([, { inRotation }]) => inRotation).map(([key]) => key).sort();
    const [was, is] = [inside(before), inside(now)];
    if (was.join() !== is.join()) say('rotation changed', { loadBalancer: this.balancer.name, targetGroup: group.name, targets: is, states: Object.fromEntries(group.targets.map((target) => [target.id, target.state === 'draining' ? 'draining' : this.watch.of(watchKey(group.arn, target)).state])) });
  }

  /** A certificate of the lab's own authority for the names of each one that the listeners have. */
  private async papers(): Promise<Record<string, string>> {
    for (const arn of this.balancer.listeners.flatMap(({ certificates }) => certificates)) {
      if (this.certificates.has(arn)) continue;
      const { Certificate: { DomainName, SubjectAlternativeNames = [] } } = await this.around.api.json<{ Certificate: { DomainName: string; SubjectAlternativeNames?: string[] } }>('acm', 'CertificateManager.DescribeCertificate', { CertificateArn: arn });
      this.certificates.set(arn, await siteCertificate(this.around.lab, [...new Set([DomainName, ...SubjectAlternativeNames])]));
    }
    return Object.fromEntries(this.certificates);
  }
}

const watchKey = (group: string, target: Target): string => join(group, keyOf(target));
