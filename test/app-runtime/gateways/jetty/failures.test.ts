import { expect, test } from 'vitest';
import { causeIn } from '../../gateway/said.js';

// As Java 21 with Jetty 12.1 said it, of a web application that was made to fail so.
test.each([
  ['a listener whose class cannot be made', 'listener', 'java.lang.NullPointerException: Cannot invoke "java.lang.Integer.intValue()" because the return value of "java.lang.Integer.getInteger(String)" is null (example/Site.java:8)'],
  ['a servlet, by the cause of what it threw', 'servlet', 'java.lang.NumberFormatException: For input string: "a lot" (example/Site.java:19)'],
  ['a request', 'request', 'java.lang.NullPointerException: Cannot invoke "String.length()" because "<local3>" is null (example/Site.java:11)'],
])('Java behind Jetty that fails by %s is told in one line', (_, name, told) => {
  expect(causeIn('jetty', import.meta.dirname, name)).toBe(told);
});
