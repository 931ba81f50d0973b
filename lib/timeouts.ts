import type { Timeouts } from '../app-runtime/settings.js';
import { refuse } from './refuse.js';

/** Shortest and longest request budget, in seconds: EC2 Auto Scaling and systemd hold a longer drain, but no client waits for it. */
const RANGE = { least: 2, most: 900 };

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
