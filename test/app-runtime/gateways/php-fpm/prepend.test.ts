import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { application, temporaryFolder } from '../../../lib/application.js';

const PREPEND = join(import.meta.dirname, '../../../../app-runtime/gateways/php-fpm/templates/usr/local/lib/paddock/prepend.php');
const SITE = { 'public/index.php': '<?php echo "by the application";', 'public/robots.txt': 'User-agent: *', 'public/old.php': '<?php echo 1;', 'public/.env.txt': 'secret', 'public/docs/a.txt': 'a' };

/** What PHP answers, with headers, before which the gateway's own script ran. */
function answer(uri: string, method = 'GET'): string {
  const folder = application(SITE);
  const env = {
    PATH: process.env['PATH'], RUNTIME_DIRECTORY: temporaryFolder(), REDIRECT_STATUS: '200', REQUEST_METHOD: method, REQUEST_URI: uri,
    DOCUMENT_ROOT: join(folder, 'public'), SCRIPT_FILENAME: join(folder, 'public/index.php'),
  };
  const { stdout, stderr } = spawnSync('php-cgi', ['-d', `auto_prepend_file=${PREPEND}`], { env, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout;
}

test('a file beside the front controller is served as it is', () => {
  for (const uri of ['/robots.txt', '/robots.txt?v=2']) expect(answer(uri)).toMatch(/Content-type: text\/plain[^]*Content-Length: 13\r\n\r\nUser-agent: \*$/);
});

test.each(['/', '/robots', '/missing.txt', '/old.php', '/.env.txt', '/docs/a.txt', '/docs/../robots.txt', '/%2e%2e/composer.json'])('%s is the application\'s to answer', (uri) => {
  expect(answer(uri)).toMatch(/by the application$/);
});

test('so is what is sent to such a file', () => expect(answer('/robots.txt', 'POST')).toMatch(/by the application$/));
