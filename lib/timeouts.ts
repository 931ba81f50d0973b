import type { Timeouts } from '../app-runtime/release-settings.js';
import { refuse } from './refuse.js';

/** Shortest and longest request budget, in seconds: EC2 Auto Scaling and systemd hold a longer drain, but no client waits for it. */
const RANGE = { least: 2, most: 900 };

/** How long a deploy waits for a machine, in seconds: a boot from the stock image takes a minute, a slow mirror or a long migration several. */
export const DEPLOY_WAIT = 900;

/** Seconds of that wait which are left for everything but starting, draining and baking: booting, downloading, migrating. */
const OTHERWISE = 120;

/** Seconds that a stage gets on top of the stage inside it, so that the inner one gives up first and the outer one can say so. */
const MARGIN = 5;

/** Seconds until those in front of a leaving server have let go of it: what the agent waits for at most, with an ALB for its word and then for silence, and a margin. */
const LET_GO = 12 + 15 + MARGIN;

/**
 * Seconds until a Network Load Balancer has let go of a leaving balancer. It goes on with new connections for minutes after it was told; AWS
 * Support names up to five. The agent waits until none has come for a while, and this long at most.
 */
const FRONT_LETS_GO = 300;

/** Longest times that AWS holds, in seconds. Sources: PutLifecycleHook and the load balancers' user guides, attributes. */
const AWS = { heartbeat: 7200, albIdle: 4000, nlbIdle: { least: 350, most: 6000 }, deregistration: 3600 };

/** Seconds from a spot notice to an empty server: the notice comes 120 s before the end, and half a minute of it is not ours to promise. Source: the EC2 user guide, spot interruptions. */
const SPOT_NOTICE = 90;

/**
 * Every timeout of the chain, from the one number that a person sets.
 *
 * - the gateway's own timeout and the proxy's read timeout hold the whole budget; the gateway gives up after the proxy, which has an answer to give
 * - a stopping gateway lets a request finish for the whole budget, and systemd kills it a margin later
 * - who opened a connection gives it up before the one who accepted it: a request must never meet a connection that is being closed
 *
 * @param requestBudget the longest a request may take, in whole seconds from 2 to 900
 * @throws Refusal when the budget is not such a number
 */
export function timeouts(requestBudget: number, where = 'settings'): Timeouts {
  if (!Number.isInteger(requestBudget) || requestBudget < RANGE.least || requestBudget > RANGE.most) {
    refuse(where, `requestBudget must be whole seconds from ${RANGE.least} to ${RANGE.most}`, String(requestBudget), 'choose one in that range');
  }
  const balancerIdle = Math.max(60, requestBudget + 2 * MARGIN);
  return {
    requestBudget,
    gatewayTimeout: requestBudget + MARGIN,
    gatewayGracefulStop: requestBudget,
    proxyRead: requestBudget,
    proxyConnect: Math.min(MARGIN, requestBudget),
    clientRead: Math.min(15, requestBudget),
    clientKeepAlive: 65,
    upstreamKeepAlive: 60,
    serverKeepAlive: 75,
    balancerIdle,
    balancerKeepAlive: balancerIdle + 3 * MARGIN,
    unitStop: requestBudget + MARGIN,
  };
}

/** Times of a fleet that AWS is told and no machine needs to know, in seconds. */
export interface FleetTimeouts {
  /** How long leaving may take: until those in front have let go, and until the last request is answered or its gateway killed. */
  readonly drain: number;
  /** How long a load balancer leaves a connection to what it no longer sends anything to. */
  readonly deregistration: number;
  /** How long a Network Load Balancer lets a connection be silent. */
  readonly networkIdle: number;
  /**
   * How long Auto Scaling waits for a word of a machine that starts or leaves. A whole drain fits into it without one heartbeat, so that
   * an API that is away cuts nothing short.
   */
  readonly heartbeat: { readonly launching: number; readonly terminating: number };
  /** The same for a balancer. */
  readonly balancerHeartbeat: { readonly launching: number; readonly terminating: number };
}

/** The times of a fleet, from the chain of its requests. */
export function fleetTimeouts({ requestBudget, unitStop, proxyRead }: Timeouts): FleetTimeouts {
  const drain = LET_GO + unitStop;
  return {
    drain,
    deregistration: proxyRead + MARGIN,
    networkIdle: Math.max(AWS.nlbIdle.least, requestBudget + 2 * MARGIN),
    heartbeat: { launching: DEPLOY_WAIT, terminating: drain + 6 * MARGIN },
    balancerHeartbeat: { launching: DEPLOY_WAIT, terminating: FRONT_LETS_GO + unitStop + 6 * MARGIN },
  };
}

/**
 * Refuses what no chain of timeouts holds on AWS.
 * @param spot whether servers may be taken back at short notice
 * @param tls whether a Network Load Balancer ends TLS: its time of silence is then AWS's own
 * @throws Refusal naming the longest request budget that works
 */
export function refuseFleetTimeouts(where: string, chain: Timeouts, { spot, tls }: Readonly<Record<'spot' | 'tls', boolean>>): void {
  const { drain, deregistration, networkIdle, balancerHeartbeat } = fleetTimeouts(chain);
  const { requestBudget, balancerIdle } = chain;
  const atMost = (time: number, limit: number, why: string, todo: string) => {
    if (time > limit) refuse(where, `requestBudget must be at most ${limit - time + requestBudget} s ${why}`, String(requestBudget), todo);
  };
  atMost(balancerHeartbeat.terminating, AWS.heartbeat, 'for a drain that fits into a lifecycle hook', 'let a request start longer work and another one fetch its result');
  atMost(deregistration, AWS.deregistration, 'for a load balancer to let it finish', 'let a request start longer work and another one fetch its result');
  atMost(balancerIdle, AWS.albIdle, 'for an Application Load Balancer to wait for it', 'let a request start longer work and another one fetch its result');
  atMost(networkIdle, tls ? AWS.nlbIdle.least : AWS.nlbIdle.most, 'for a Network Load Balancer to wait for it', 'lower it, or choose Balancer.alb()');
  if (spot) atMost(drain, SPOT_NOTICE, `for a spot server to be empty ${SPOT_NOTICE} s after its notice`, 'lower it, or set spotShare to 0');
}

/**
 * Refuses times that a deploy could not wait for. A release starts to prove itself and again to serve, drains the one before it, bakes,
 * and is drained itself when it fails at the very end.
 * @param startTime seconds
 * @param bakeTime seconds
 * @throws Refusal when the deploy would be over before the machine could say how it went
 */
export function refuseWait(where: string, { requestBudget, unitStop }: Timeouts, startTime: number, bakeTime: number): void {
  if (bakeTime + 2 * startTime + 2 * unitStop + OTHERWISE <= DEPLOY_WAIT) return;
  const most = DEPLOY_WAIT - OTHERWISE - 2 * (unitStop - requestBudget);
  refuse(where, `bakeTime, twice the startTime and twice the requestBudget must fit into ${most} s of the ${DEPLOY_WAIT / 60} minutes that a deploy waits`,
    `${bakeTime} + 2 × ${startTime} + 2 × ${requestBudget}`, 'lower one of them');
}
