import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Lock } from '../../../../app-runtime/gateways/gunicorn/dependencies.js';
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

interface Case { readonly callable?: string; readonly chdir?: string; readonly more?: Record<string, string>; readonly environment?: Record<string, string>; readonly lock?: Lock }

const probed = (source: string, { callable = 'shop.wsgi:application', chdir, more = {}, environment = {}, lock = 'requirements.txt' }: Case = {}) => {
  const folder = application({ 'shop/__init__.py': '', 'shop/wsgi.py': source, ...more });
  const recognition = { serves: callable, recognised: '', ...(chdir !== undefined && { chdir }) };
  return probe({ python, application: folder, recognition, speaks: 'wsgi', lock, environment, scratch: temporaryFolder(), where: 'shop' });
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

test('an import that breaks is refused with its last line, and the line of the application that it comes from', () => {
  expect(refused('raise RuntimeError("no\\nlicence")\n')).toBe('shop: shop.wsgi:application must import, got licence (shop/wsgi.py:1); correct it');
  expect(refused('import os\nfrom shop import prices\n', { more: { 'shop/prices.py': 'import json\n\nPRICES = json.loads("{")\n' } })).toBe(
    "shop: shop.wsgi:application must import, got json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1) (shop/prices.py:3); correct it");
  expect(refused('', { callable: 'site_wsgi:make()', chdir: 'src', more: { 'src/site_wsgi.py': 'def make():\n    return 1 / 0\n' } })).toBe(
    'shop: site_wsgi:make() must import, got ZeroDivisionError: division by zero (src/site_wsgi.py:2); correct it');
  expect(refused('raise SystemExit("no\\nlicence")\n')).toMatch(/must import, got licence \(shop\/wsgi\.py:1\); /);
  expect(refused('exec("1/0")\n')).toMatch(/ZeroDivisionError: division by zero \(shop\/wsgi\.py:1\); /);
  expect(refused('import os\nos._exit(3)\n')).toMatch(/must import, got exit code 3: no word of why; /);
});

test('a file that is no Python is refused with its own line, not with the one that imports it', () => {
  expect(refused('from shop import prices\n', { more: { 'shop/prices.py': 'PRICES = {\n}\n\ndef total(:\n' } })).toMatch(
    /^shop: shop\.wsgi:application must import, got SyntaxError: invalid syntax \(shop\/prices\.py:4\); correct it(, or install python3\.13: the machine has it, this computer took 3\.\d+)?$/);
});

test('a module that nobody installed is to be locked, one of the application is to be corrected', () => {
  expect(refused('import redis\n')).toBe("shop: shop.wsgi:application must import, got ModuleNotFoundError: No module named 'redis' (shop/wsgi.py:1); "
    + 'add the package that brings it to requirements.txt, or correct the import');
  expect(refused('from redis.asyncio import Redis\n', { lock: 'uv.lock' })).toMatch(/; add the package that brings it to pyproject\.toml and run `uv lock`, or correct the import$/);
  expect(refused('import redis\n', { lock: 'poetry.lock' })).toMatch(/; add the package that brings it to pyproject\.toml and run `poetry lock`, or correct the import$/);
  expect(refused('import shop.pricing\n')).toMatch(/must import, got ModuleNotFoundError: No module named 'shop\.pricing' \(shop\/wsgi\.py:1\); correct it/);
  expect(refused('import gunicorn.rockets\n')).toMatch(/No module named 'gunicorn\.rockets' \(shop\/wsgi\.py:1\); correct it/);
});

test("an application sees its own environment and nothing of this computer's", () => {
  const source = `import os\nos.environ["DATABASE_URL"]\n${HELLO}`;
  process.env['DATABASE_URL'] = 'of the author';
  expect(refused(source)).toMatch(/must import, got KeyError: 'DATABASE_URL' \(shop\/wsgi\.py:2\); correct it$/);
  expect(probed(source, { environment: { DATABASE_URL: 'told' } })).toEqual({});
  delete process.env['DATABASE_URL'];
});

test('a folder called static is served, beside what Gunicorn runs in', () => {
  expect(probed(HELLO, { more: { 'static/site.css': '' } })).toEqual({ files: { url: '/static/', directory: 'static' } });
  expect(probed('', { callable: 'site_wsgi:make()', chdir: 'src', more: { 'src/site_wsgi.py': `${HELLO}def make():\n    return application\n`, 'src/static/a.css': '' } }))
    .toEqual({ files: { url: '/static/', directory: 'src/static' } });
});
