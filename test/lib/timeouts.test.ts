import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timeouts } from '../../lib/timeouts.js';

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
