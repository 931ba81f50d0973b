import { expect, test } from 'vitest';
import { causeIn } from '../../gateway/said.js';

// As programs said it that Go 1.26 built as the release does, without the paths of the computer that did.
test.each([
  ['a panic', 'panic', 'panic: the warehouse is on fire (stock/stock.go:4)'],
  ['a panic with an error', 'error', 'panic: no prices: strconv.Atoi: parsing "a lot": invalid syntax (stock/stock.go:10)'],
  ["a panic in Go's own packages, at the application's line", 'runtime', 'panic: http: nil handler (stock/stock.go:6)'],
  ['waiting for ever', 'deadlock', 'fatal error: all goroutines are asleep - deadlock! (stock/stock.go:6)'],
  ['a request', 'serve', 'panic: assignment to entry in nil map (main.go:10)'],
])('Go that fails by %s is told in one line', (_, name, told) => {
  expect(causeIn('go', import.meta.dirname, name)).toBe(told);
});

test('a program that says why in words of its own, and ends, has them in the log alone', () => {
  expect(causeIn('go', import.meta.dirname, 'fatal')).toBeUndefined();
});
