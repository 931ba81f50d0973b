import { expect, test } from 'vitest';
import { causeIn } from '../../gateway/said.js';

// As PHP-FPM 8.4 said it to the system's log, of a site whose front controller was made to fail so; the site is at /srv/app there.
// The frameworks' are short ones, made in the form in which Laravel 12 and Symfony 7.2 log.
test.each([
  ['an exception with a message of two lines', 'raise', 'RuntimeException: the warehouse is on fire: (shop.php:4)'],
  ['an exception that came from another', 'previous', 'LogicException: prices cannot be read (shop.php:7)'],
  ['a file that cannot be read', 'parse', 'Parse error: syntax error, unexpected token ";", expecting "]" (shop.php:4)'],
  ['dependencies that are not there', 'missing', "Error: Failed opening required '/srv/app/public/../vendor/autoload.php' (include_path='.:/usr/share/php') (public/index.php:2)"],
  ['too little memory', 'memory', 'Fatal error: Allowed memory size of 134217728 bytes exhausted (tried to allocate 67108864 bytes) (public/index.php:3)'],
  ['an exception that Laravel answers with a page of its own', 'laravel', 'App\\Exceptions\\Fire: the warehouse is on fire (app/Shop.php:12)'],
  ['one that Symfony does, which logs in JSON', 'symfony-json', 'App\\Fire: the warehouse is on fire (src/Shop.php:6)'],
  ['one that Symfony does, which logs without Monolog', 'symfony', 'App\\Fire: "the warehouse is on fire" at Shop.php line 6'],
])('PHP that fails by %s is told in one line', (_, name, told) => {
  expect(causeIn('php-fpm', import.meta.dirname, name)).toBe(told);
});
