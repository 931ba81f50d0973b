import { expect, test } from 'vitest';
import { cause } from '../../../../app-runtime/agent/reporting/cause.js';
import { nodeFailures } from '../../../../app-runtime/gateways/node/failures.js';
import { causeIn, RELEASE } from '../../gateway/said.js';

// As Node.js 20.19 said it to the gateway, which started an application that was made to fail so.
test.each([
  ['a package that is not there', 'missing', "Error: Cannot find module 'expresss' (server.js:1)"],
  ['a file that cannot be read, which another one asked for', 'syntax', "SyntaxError: Unexpected token ';' (shop.js:1)"],
  ['a name that a module does not export', 'module', "SyntaxError: The requested module './shop.js' does not provide an export named 'prices' (server.js:1)"],
  ['data that cannot be read, where the application asked for it', 'data', "SyntaxError: Expected property name or '}' in JSON at position 1 (shop.js:1)"],
  ['a promise that nobody waits for', 'rejected', 'TypeError: the warehouse is on fire (server.js:2)'],
  ["an error of the application's own that has a cause", 'own-class', 'StockError: no prices (server.js:7)'],
  ['a request', 'request', "TypeError: Cannot read properties of undefined (reading 'prices') (server.js:1)"],
])('Node.js that fails by %s is told in one line', (_, name, told) => {
  expect(causeIn('node', import.meta.dirname, name)).toBe(told);
});

test('the place is the application\'s, and not that of a package which it brought', () => {
  const lines = ['Error: no table prices', `    at Statement.run (${RELEASE}/app/node_modules/sqlite/index.js:9:3)`, `    at open (${RELEASE}/app/lib/stock.js:4:2)`];
  expect(cause(lines, RELEASE, nodeFailures)).toBe('Error: no table prices (lib/stock.js:4)');
});

test('an error of the release that goes on serving is not told, nor is a log without one', () => {
  const old = `/opt/paddock/releases/${'f'.repeat(64)}`;
  expect(cause(['TypeError: no prices', `    at index (${old}/app/server.js:4:2)`], RELEASE, nodeFailures)).toBeUndefined();
  expect(cause(['listening on 3000', 'worker 12 ended: exit code 1'], RELEASE, nodeFailures)).toBeUndefined();
});

test('a program in Python that the application runs is told by its traceback', () => {
  const lines = ['Traceback (most recent call last):', `  File "${RELEASE}/app/tools/load.py", line 3, in <module>`, 'KeyError: 1'];
  expect(cause(lines, RELEASE, nodeFailures)).toBe('KeyError: 1 (tools/load.py:3)');
});
