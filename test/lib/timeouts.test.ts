import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEPLOY_WAIT, fleetTimeouts, refuseFleetTimeouts, refuseWait, timeouts } from '../../lib/timeouts.js';

const budgets = fc.integer({ min: 2, max: 900 });

test('whatever the request budget, the inner stage gives up before the outer one', () => {
  fc.assert(fc.property(budgets, (budget) => {
    const t = timeouts(budget);
    expect(t.proxyRead).toBe(budget);
    expect(t.gatewayTimeout).toBeGreaterThan(t.proxyRead);
    expect(t.gatewayGracefulStop).toBeGreaterThanOrEqual(budget);
    expect(t.unitStop).toBeGreaterThan(t.gatewayGracefulStop);
  }));
});

test('every timeout is whole seconds above zero and no client is waited for longer than the budget', () => {
  fc.assert(fc.property(budgets, (budget) => {
    const t = timeouts(budget);
    for (const seconds of Object.values(t)) expect(Number.isInteger(seconds) && seconds > 0).toBe(true);
    expect(Math.max(t.clientRead, t.proxyConnect)).toBeLessThanOrEqual(budget);
  }));
});

test.each([0, 1, 901, 2.5, Number.NaN])('a request budget of %s is refused with the range', (budget) => {
  expect(() => timeouts(budget, 'shop')).toThrow(`shop: requestBudget must be whole seconds from 2 to 900, got ${budget}; choose one in that range`);
});

test('whatever is accepted, a deploy outlasts a drain, the bake and the drain of what failed at its end', () => {
  fc.assert(fc.property(budgets, fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 600 }), (budget, startTime, bakeTime) => {
    const t = timeouts(budget);
    const accepted = () => { try { refuseWait('shop', t, startTime, bakeTime); return true; } catch { return false; } };
    expect(accepted()).toBe(bakeTime + 2 * startTime + 2 * t.unitStop <= DEPLOY_WAIT - 120);
  }));
});

test('a wait that no deploy has is refused with what fits', () => {
  expect(() => refuseWait('shop', timeouts(60), 60, 600)).toThrow(
    'shop: bakeTime, twice the startTime and twice the requestBudget must fit into 770 s of the 15 minutes that a deploy waits, got 600 + 2 × 60 + 2 × 60; lower one of them');
  expect(() => refuseWait('shop', timeouts(55), 30, 600)).not.toThrow();
});

test('whatever the request budget, who opened a connection gives it up before the one who accepted it', () => {
  fc.assert(fc.property(budgets, (budget) => {
    const t = timeouts(budget);
    expect(t.upstreamKeepAlive).toBeLessThan(t.serverKeepAlive);
    expect(t.balancerIdle).toBeLessThan(t.balancerKeepAlive);
    expect(t.balancerIdle).toBeGreaterThan(t.gatewayTimeout);
  }));
});

test('whatever the request budget, a server that leaves may finish its last request before anybody loses patience', () => {
  fc.assert(fc.property(budgets, (budget) => {
    const t = timeouts(budget);
    const fleet = fleetTimeouts(t);
    expect(fleet.drain).toBeGreaterThan(t.unitStop);
    expect(fleet.heartbeat.terminating).toBeGreaterThan(fleet.drain);
    expect(fleet.deregistration).toBeGreaterThan(budget);
    expect(fleet.networkIdle).toBeGreaterThan(t.gatewayTimeout);
    for (const seconds of [...Object.values(fleet.heartbeat), ...Object.values(fleet.balancerHeartbeat)]) expect(seconds >= 30 && seconds <= 7200).toBe(true);
  }));
});

test('whatever is accepted for spot servers, they are empty ninety seconds after their notice', () => {
  fc.assert(fc.property(budgets, (budget) => {
    const t = timeouts(budget);
    const accepted = () => { try { refuseFleetTimeouts('shop', t, { spot: true, tls: false }); return true; } catch { return false; } };
    expect(accepted()).toBe(fleetTimeouts(t).drain <= 90);
  }));
});

test.each([
  [{ requestBudget: 8000, unitStop: 8005 }, 'shop: requestBudget must be at most 6865 s for a drain that fits into a lifecycle hook, got 8000; let a request start longer work and another one fetch its result'],
  [{ requestBudget: 5000, unitStop: 5005, proxyRead: 5000 }, 'shop: requestBudget must be at most 3595 s for a load balancer to let it finish, got 5000; let a request start longer work and another one fetch its result'],
  [{ balancerIdle: 4010, requestBudget: 4000 }, 'shop: requestBudget must be at most 3990 s for an Application Load Balancer to wait for it, got 4000; let a request start longer work and another one fetch its result'],
])('a chain with %j is refused with what AWS holds', (longer, message) => {
  expect(() => refuseFleetTimeouts('shop', { ...timeouts(30), ...longer }, { spot: false, tls: false })).toThrow(message);
});
