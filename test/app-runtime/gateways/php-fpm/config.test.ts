import { expect, test } from 'vitest';
import { plan } from '../../../../app-runtime/agent/machine/render.js';
import { timeouts } from '../../../../lib/timeouts.js';
import { shapes } from '../../machine.js';

function configured(requestBudget = 30): string {
  const { manifest, ...shape } = shapes['single-node-apache-php'];
  const { files } = plan({ ...shape, manifest: { ...manifest, settings: { ...manifest.settings, timeouts: timeouts(requestBudget) } } });
  return files.find(({ path }) => path === '/etc/paddock/php-fpm-a.conf')!.content;
}

test('sessions that nobody comes back to are deleted, wherever they are kept', () => {
  expect(configured()).toMatch(/^php_value\[session\.save_path\] = \/data\/app\/sessions$/m);
  expect(configured()).toMatch(/^php_value\[session\.gc_probability\] = 1$/m);
  expect(configured()).toMatch(/^php_value\[session\.gc_divisor\] = 1000$/m);
});

test('a request may compute for as long as it may take, and take the memory that PHP gives by itself', () => {
  for (const requestBudget of [30, 120]) expect(configured(requestBudget)).toContain(`\nphp_value[max_execution_time] = ${timeouts(requestBudget).gatewayTimeout}\n`);
  expect(configured()).toMatch(/^php_value\[memory_limit\] = 128M$/m);
});
