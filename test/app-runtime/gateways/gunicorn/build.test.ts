import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseCommand } from '../../../../app-runtime/gateways/gunicorn/command.js';
import { recognise } from '../../../../app-runtime/gateways/gunicorn/detect.js';
import { poetryRequirements } from '../../../../app-runtime/gateways/gunicorn/poetry.js';
import { lines, pins, readRequirements } from '../../../../app-runtime/gateways/gunicorn/requirements.js';
import { asUvReadsIt } from '../../../../app-runtime/gateways/gunicorn/uv.js';
import { application, HELLO, refusal, temporaryFolder } from '../../../lib/application.js';

const web = (line: string) => parseCommand(line, 'shop/Procfile');
const found = (files: Record<string, string>) => recognise({ path: application(files), where: 'shop' });

test('a Procfile names the callable as Gunicorn takes it', () => {
  expect(web('gunicorn shop.wsgi').callable).toBe('shop.wsgi:application');
  expect(web('gunicorn shop.wsgi:app').callable).toBe('shop.wsgi:app');
  expect(web(`gunicorn -w 4 --preload --bind 0.0.0.0:$PORT shop.wsgi --access-logformat '%(h)s "%(r)s" <%(D)s>' --log-file=-`)).toEqual(
    { callable: 'shop.wsgi:application', ignored: ['-w', '--preload', '--bind', '--access-logformat', '--log-file'] });
  for (const launcher of ['exec gunicorn', 'uv run gunicorn', 'poetry run gunicorn', 'python -m gunicorn']) expect(web(`${launcher} a:b`).callable).toBe('a:b');
  expect(web(`gunicorn 'shop:create_app("production")'`).callable).toBe('shop:create_app("production")');
});

test('a Procfile changes the folder with --chdir, inside the application only', () => {
  expect(web('gunicorn --chdir ./src/site shop.wsgi').chdir).toBe('src/site');
  expect(web('gunicorn --chdir=. shop.wsgi').chdir).toBeUndefined();
  for (const folder of ['..', '/etc', 'src/../..']) {
    expect(refusal(() => web(`gunicorn --chdir ${folder} shop.wsgi`))).toBe(`shop/Procfile: --chdir must be a folder inside the application, got ${folder}; write it relative to the Procfile`);
  }
});

test('a web line that is not one Gunicorn command is refused', () => {
  for (const line of ['waitress-serve shop:app', 'python manage.py migrate && gunicorn shop.wsgi', 'DEBUG=1 gunicorn shop.wsgi', 'gunicornx shop.wsgi']) {
    expect(refusal(() => web(line))).toBe(`shop/Procfile: the web line must be one plain gunicorn command, got ${line}; `
      + 'write `web: gunicorn package.module:callable`, and put what runs before it on the `release:` line');
  }
  expect(refusal(() => web('gunicorn --config gunicorn.conf.py'))).toMatch(/must name one WSGI callable, got gunicorn --config gunicorn\.conf\.py; /);
  expect(refusal(() => web('gunicorn shop/wsgi.py'))).toMatch(/the WSGI callable must be package\.module:attribute, got shop\/wsgi\.py; /);
});

test('a Django project is recognised by manage.py and its WSGI_APPLICATION', () => {
  const manage = (settings: string) => `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "${settings}")\n`;
  expect(found({ 'manage.py': manage('shop.settings'), 'shop/settings.py': "WSGI_APPLICATION = 'shop.server.wsgi.site'\n" })).toMatchObject(
    { serves: 'shop.server.wsgi:site', recognised: 'Django, by manage.py and WSGI_APPLICATION in shop.settings' });
  expect(found({ 'manage.py': manage('config.settings.production'), 'app.py': HELLO }).serves).toBe('config.wsgi:application');
});

test('a WSGI callable is recognised by its name in a module of a usual name', () => {
  expect(found({ 'app.py': 'from flask import Flask\napp = Flask(__name__)\n' })).toMatchObject({ serves: 'app:app', recognised: 'Flask, by `app` in app.py' });
  expect(found({ 'main.py': 'application: object = make()\n' }).serves).toBe('main:application');
  expect(found({ 'wsgi.py': HELLO }).recognised).toBe('a WSGI callable, by `application` in wsgi.py');
  expect(found({ 'application.py': 'app = make()\napplication = app\n' }).serves).toBe('application:application');
  expect(found({ 'wsgi.py': 'from app import app as application\n', 'app.py': 'app = make()\n' }).serves).toBe('wsgi:application');
});

test('two plausible answers are refused with both, and with how to choose', () => {
  expect(refusal(() => found({ 'app.py': 'app = 1\n', 'main.py': 'app = 2\n' }))).toBe(
    'shop: must hold one WSGI callable, got app:app and main:app; say which in a Procfile: `web: gunicorn package.module:callable`');
  expect(refusal(() => found({ 'app.py': 'app = 1\napplication = 2\n' }))).toMatch(/got app:application and app:app; /);
  expect(refusal(() => found({ 'app.py': 'def create_app():\n    pass\n' }))).toMatch(/got only a factory, create_app in app\.py; say in a Procfile: `web: gunicorn 'app:create_app\(\)'`$/);
});

test('every requirement must be pinned', () => {
  const text = 'flask==3.1.3 \\\n  --hash=sha256:00  # web\n\n# none\n--index-url https://index.example/simple\nMy_Shop.core[fast]==1!2.0 ; python_version > "3"\n';
  expect(pins(lines(text), 'shop')).toEqual([{ name: 'flask', version: '3.1.3' }, { name: 'my-shop-core', version: '1!2.0' }]);
  for (const line of ['flask', 'flask>=3', 'flask==3.*', 'flask==3.1,<4', '-e ./lib', 'shop @ git+https://code.example/shop', './wheels/a.whl']) {
    expect(refusal(() => pins([line], 'shop/requirements.txt'))).toBe(
      `shop/requirements.txt: every requirement must be pinned with == to a version from a package index, got ${line}; pin it, as \`pip freeze\` or \`uv pip compile\` do`);
  }
});

test('included requirements are read, but never from outside of the application', () => {
  const folder = application({ 'requirements.txt': '-r requirements/base.txt\n', 'requirements/base.txt': '-c constraints.txt\n-r web.txt\n', 'requirements/web.txt': 'flask==3.1.3\n' });
  expect(readRequirements(folder, 'requirements.txt', 'shop')).toEqual(['flask==3.1.3']);
  for (const file of ['../other.txt', 'missing.txt', 'requirements.txt']) {
    expect(refusal(() => readRequirements(application({ 'requirements.txt': `-r ${file}\n` }, temporaryFolder()), 'requirements.txt', 'shop'))).toMatch(
      /^shop\/requirements\.txt: an included file must be inside the application, once, got /);
  }
});

const poetry = (packages: string, version = '2.1') => `${packages}\n[metadata]\nlock-version = "${version}"\n`;
const locked = (name: string, more = 'groups = ["main"]') => `[[package]]\nname = "${name}"\nversion = "1.0"\noptional = false\n${more}\nfiles = [{file = "x.whl", hash = "sha256:00"}]\n`;

test('the main group of a poetry.lock is taken, with its markers and hashes', () => {
  const lock = poetry([locked('flask'), locked('pytest', 'groups = ["dev"]'), locked('colorama', `groups = ["main", "dev"]\nmarkers = {main = "sys_platform == 'win32'"}`)].join(''));
  expect(poetryRequirements(lock, '[project]\ndependencies = ["Flask>=1"]\n', 'shop')).toEqual(
    ['flask==1.0 --hash=sha256:00', "colorama==1.0 ; sys_platform == 'win32' --hash=sha256:00"]);
});

test('a poetry.lock that cannot be trusted is refused', () => {
  expect(refusal(() => poetryRequirements(poetry(locked('flask'), '2.0'), '', 'shop'))).toMatch(/must be of Poetry 2 \(lock-version 2\.1\), got 2\.0; run `poetry lock` with Poetry 2$/);
  expect(refusal(() => poetryRequirements(poetry(locked('flask')), '[tool.poetry.dependencies]\npython = "^3.11"\nredis = "^5"\n', 'shop'))).toBe(
    'shop/poetry.lock: the lock must hold what pyproject.toml asks for, got no redis; run `poetry lock`');
  const git = locked('shop-core') + '[package.source]\ntype = "git"\nurl = "https://code.example/core"\n';
  expect(refusal(() => poetryRequirements(poetry(git), '', 'shop'))).toMatch(/every dependency must come from a package index, got shop-core from git https:\/\/code\.example\/core; /);
});

test("pip's settings reach uv, and what uv was told itself stays", () => {
  const pip = new Map([['index-url', 'https://index.example/simple'], ['cert', '/etc/ca.pem'], ['find-links', `${import.meta.dirname} /no/such/folder`]]);
  expect(asUvReadsIt(pip, { SSL_CERT_FILE: '/own.pem' })).toEqual({ UV_DEFAULT_INDEX: 'https://index.example/simple', UV_FIND_LINKS: join(import.meta.dirname), UV_SYSTEM_CERTS: '1' });
});
