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

/**
 * Every timeout of the chain, from the one number that a person sets.
 *
 * - the gateway's own timeout and the proxy's read timeout hold the whole budget; the gateway gives up after the proxy, which has an answer to give
 * - a stopping gateway lets a request finish for the whole budget, and systemd kills it a margin later
 *
 * @param requestBudget the longest a request may take, in whole seconds from 2 to 900
 * @throws Refusal when the budget is not such a number
 */
export function timeouts(requestBudget: number, where = 'settings'): Timeouts {
  if (!Number.isInteger(requestBudget) || requestBudget < RANGE.least || requestBudget > RANGE.most) {
    refuse(where, `requestBudget must be whole seconds from ${RANGE.least} to ${RANGE.most}`, String(requestBudget), 'choose one in that range');
  }
  return {
    requestBudget,
    gatewayTimeout: requestBudget + MARGIN,
    gatewayGracefulStop: requestBudget,
    proxyRead: requestBudget,
    proxyConnect: Math.min(MARGIN, requestBudget),
    clientRead: Math.min(15, requestBudget),
    clientKeepAlive: 65,
    unitStop: requestBudget + MARGIN,
  };
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
