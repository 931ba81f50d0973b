import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEPLOY_WAIT, refuseWait, timeouts } from '../../lib/timeouts.js';

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
