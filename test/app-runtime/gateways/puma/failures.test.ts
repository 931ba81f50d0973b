import { expect, test } from 'vitest';
import { causeIn } from '../../gateway/said.js';

// As Ruby 3.3 with Puma 6.6 said it, whose workers loaded an application that was made to fail so.
test.each([
  ['a file that it needs', 'raise', 'RuntimeError: the warehouse is on fire (shop.rb:1)'],
  ["a library, at the application's line", 'deep', "JSON::ParserError: unexpected token at '{' (shop.rb:3)"],
  ['a gem that is not there', 'missing', 'LoadError: cannot load such file -- warehouse (config.ru:1)'],
  ['a file that cannot be read', 'syntax', "SyntaxError: syntax error, unexpected `end', expecting ']' (shop.rb:4)"],
  ['an exception that came from another', 'cause', 'RuntimeError: prices cannot be read (config.ru:4)'],
  ['a request that Sinatra tells of', 'sinatra', 'KeyError: key not found: :apples (config.ru:4)'],
  ['a request of which Puma keeps the place to itself', 'puma-request', 'IOError: "no\\nstock"'],
])('Ruby that fails by %s is told in one line', (_, name, told) => {
  expect(causeIn('puma', import.meta.dirname, name)).toBe(told);
});

// As Unicorn 6.1 said it.
test('Unicorn tells of an application that cannot be loaded, and of a request, with the place', () => {
  expect(causeIn('unicorn', import.meta.dirname, 'unicorn')).toBe('RuntimeError: the warehouse is on fire (shop.rb:1)');
  expect(causeIn('unicorn', import.meta.dirname, 'unicorn-request')).toBe('IOError: "no\\nstock" (config.ru:3)');
});
