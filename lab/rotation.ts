import type { Health } from './health-check.js';
import type { Place } from './haproxy-config.js';
import type { Cloud } from './cloud.js';
import type { Target, TargetGroup } from './load-balancers.js';

/** A target with what decides whether it has traffic. */
export interface Member {
  readonly target: Target;
  readonly address: string;
  readonly health: Health;
}

/** Names a target of a group: an instance may be in it with several ports. */
export const keyOf = ({ id, port }: Target): string => `${id}:${port}`;

/** Where a target is reached; undefined for an instance that is not there. */
export function addressOf(cloud: Cloud, { id }: Target): string | undefined {
  return id.startsWith('i-') ? cloud.instances.find((instance) => instance.id === id)?.privateIp : id;
}

/** A place and whether its target is ill; one that is out of rotation may be well, and on its way out. */
export interface Seat extends Place {
  readonly ill: boolean;
}

/** Registered, and neither on its way out nor out of use. */
export const isRegistered = ({ state }: Target): boolean => state !== 'draining' && state !== 'unused';

/**
 * Who takes new connections and requests, by key. When none of those registered is well, all of them do: a load balancer fails open.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
 */
export function rotation(members: readonly Member[]): Map<string, Seat> {
  const registered = members.filter(({ target }) => isRegistered(target));
  const well = registered.filter(({ health }) => health.state === 'healthy');
  const chosen = new Set(well.length > 0 ? well : registered);
  return new Map(members.map((member) => [keyOf(member.target),
    { address: member.address, port: member.target.port, inRotation: chosen.has(member), ill: member.health.state === 'unhealthy' }]));
}

/** What happens to the places of a group, as commands of HAProxy's runtime API. */
export interface Seating {
  readonly slots: (string | undefined)[];
  readonly commands: string[];
  /** Those for whom there was no place. */
  readonly standing: string[];
}

/** What connections of a target live through. */
export interface Ends {
  /** They end when it becomes ill. */
  readonly whenIll: boolean;
  /** They end when its deregistration delay is over. */
  readonly whenGone: boolean;
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html */
export function endsOf(type: 'application' | 'network', { attributes }: TargetGroup): Ends {
  if (type === 'application') return { whenIll: false, whenGone: true };
  return {
    whenIll: attributes['target_health_state.unhealthy.connection_termination.enabled'] !== 'false',
    whenGone: attributes['deregistration_delay.connection_termination.enabled'] === 'true',
  };
}

/** Seats those who came, unseats those who left, and turns over who is in rotation: with no reload, and no connection cut but those that AWS cuts. */
export function seated(name: string, slots: readonly (string | undefined)[], before: ReadonlyMap<string, Seat>, now: ReadonlyMap<string, Seat>, ends: Ends): Seating {
  const next = [...slots];
  const [commands, standing]: [string[], string[]] = [[], []];
  const set = (index: number, ...words: (string | number)[]) => commands.push(['set server', `${name}/s${index}`, ...words].join(' '));
  next.forEach((key, index) => {
    if (key === undefined || now.has(key)) return;
    set(index, 'state maint');
    if (ends.whenGone) commands.push(`shutdown sessions server ${name}/s${index}`);
    next[index] = undefined;
  });
  for (const [key, place] of now) {
    const known = next.indexOf(key);
    const index = known >= 0 ? known : free(next, slots);
    if (index < 0) {
      standing.push(key);
      continue;
    }
    next[index] = key;
    const was = before.get(key);
    if (known < 0 || was?.address !== place.address) set(index, 'addr', place.address, 'port', place.port);
    if (known < 0 || was?.inRotation !== place.inRotation) set(index, 'state', place.inRotation ? 'ready' : 'maint');
    if (was?.inRotation && !place.inRotation && place.ill && ends.whenIll) commands.push(`shutdown sessions server ${name}/s${index}`);
  }
  return { slots: next, commands, standing };
}

/** A place that was free before too, if there is one: the last connections of who left may still go on. */
function free(next: readonly (string | undefined)[], before: readonly (string | undefined)[]): number {
  const untouched = next.findIndex((key, index) => key === undefined && before[index] === undefined);
  return untouched >= 0 ? untouched : next.indexOf(undefined);
}
