import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { probe } from '../../../../app-runtime/gateways/gunicorn/probe.js';
import { Uv } from '../../../../app-runtime/gateways/gunicorn/uv.js';
import { installForHere } from '../../../../app-runtime/gateways/gunicorn/wheels.js';
import { Cache } from '../../../../lib/release/cache.js';
import { application, HELLO, refusal, temporaryFolder } from '../../../lib/application.js';

// One environment with Gunicorn alone, which every application below is imported in.
const directory = mkdtempSync(join(tmpdir(), 'paddock-test-'));
let python = '';
beforeAll(() => {
  const uv = Uv.ready(new Cache(join(directory, 'cache')), () => {});
  python = installForHere(uv, directory, fileURLToPath(new URL('../../../../app-runtime/gateways/gunicorn/gunicorn.txt', import.meta.url)), join(directory, 'venv'), 'gunicorn.txt');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const probed = (source: string, { callable = 'shop.wsgi:application', chdir, more = {}, environment = {} }: { callable?: string; chdir?: string; more?: Record<string, string>; environment?: Record<string, string> } = {}) => {
  const folder = application({ 'shop/__init__.py': '', 'shop/wsgi.py': source, ...more });
  const recognition = { callable, recognised: '', warnings: [], ...(chdir !== undefined && { chdir }) };
  return probe({ python, application: folder, recognition, environment, scratch: temporaryFolder(), where: 'shop' });
};
const refused = (...args: Parameters<typeof probed>) => refusal(() => probed(...args));

test('a callable that is not there is refused', () => {
  expect(refused(HELLO, { callable: 'shop.server:application' })).toBe(
    'shop: the WSGI callable shop.server:application must be there, got no module shop.server; correct it, or say which in a Procfile: `web: gunicorn package.module:callable`');
  expect(refused('app = 1\n')).toMatch(/the WSGI callable shop\.wsgi:application must be there, got Failed to find attribute 'application' in 'shop\.wsgi'; /);
  expect(refused('application = 1\n')).toMatch(/must be there, got Application object must be callable; /);
  expect(refused('async def application(scope, receive, send):\n    pass\n')).toMatch(/must be a WSGI callable, got an ASGI application \(function\); /);
  expect(refused(HELLO, { chdir: 'src' })).toBe('shop/Procfile: --chdir must be a folder inside the application, got src; correct it');
});

test('an import that breaks is refused with its last line', () => {
  expect(refused('import redis\n')).toMatch(/^shop: shop\.wsgi:application must import, got ModuleNotFoundError: No module named 'redis'; correct it/);
  expect(refused('import shop.pricing\n')).toMatch(/must import, got ModuleNotFoundError: No module named 'shop\.pricing'; /);
  expect(refused('raise SystemExit("no\\nlicence")\n')).toMatch(/must import, got licence; /);
  expect(refused('import os\nos._exit(3)\n')).toMatch(/must import, got exit code 3: no word of why; /);
});

test("an application sees its own environment and nothing of this computer's", () => {
  const source = `import os\nos.environ["DATABASE_URL"]\n${HELLO}`;
  process.env['DATABASE_URL'] = 'of the author';
  expect(refused(source)).toMatch(/must import, got KeyError: 'DATABASE_URL'; /);
  expect(probed(source, { environment: { DATABASE_URL: 'told' } })).toBeUndefined();
  delete process.env['DATABASE_URL'];
});

test('a folder called static is served, beside what Gunicorn runs in', () => {
  expect(probed(HELLO, { more: { 'static/site.css': '' } })).toEqual({ url: '/static/', directory: 'static' });
  expect(probed('', { callable: 'site_wsgi:make()', chdir: 'src', more: { 'src/site_wsgi.py': `${HELLO}def make():\n    return application\n`, 'src/static/a.css': '' } }))
    .toEqual({ url: '/static/', directory: 'src/static' });
});
