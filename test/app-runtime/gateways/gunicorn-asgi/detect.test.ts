import { expect, test } from 'vitest';
import { chooseGateway } from '../../../../app-runtime/builders.js';
import { gatewayNamed } from '../../../../app-runtime/gateways.js';
import { application } from '../../../lib/application.js';

const chosen = (files: Record<string, string>, named?: string) => chooseGateway(application(files), 'shop', named);
const DJANGO = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n';

test('an ASGI application is told from a WSGI callable by its framework, or by an async callable', () => {
  for (const source of ['from fastapi import FastAPI\n\napp = FastAPI()\n', 'import starlette\n\napp = make()\n', 'async def app(scope, receive, send):\n    pass\n']) {
    expect(chosen({ 'main.py': source, 'requirements.txt': '' })).toMatchObject({ name: 'gunicorn-asgi', recognition: { serves: 'main:app', recognised: 'ASGI: a callable, by `app` in main.py' } });
  }
  expect(chosen({ 'main.py': 'def app(environ, start_response):\n    pass\n' }).name).toBe('gunicorn');
});

test('a Django project is served by WSGI, unless one says otherwise', () => {
  const files = { 'manage.py': DJANGO, 'app.py': 'from starlette.applications import Starlette\n' };
  expect(chosen(files).name).toBe('gunicorn');
  expect(chosen({ ...files, Procfile: 'web: gunicorn shop.asgi:application -k uvicorn_worker.UvicornWorker\n' })).toMatchObject({ name: 'gunicorn-asgi', recognition: { serves: 'shop.asgi:application' } });
});

test('a Django project that is to be served by ASGI is served by its own ASGI callable', () => {
  const files = { 'manage.py': DJANGO, 'shop/settings.py': "WSGI_APPLICATION = 'shop.wsgi.application'\n" };
  expect(chosen(files, 'gunicorn-asgi').recognition.serves).toBe('shop.asgi:application');
  expect(chosen({ ...files, 'shop/settings.py': "ASGI_APPLICATION = 'shop.routing.application'\n" }, 'gunicorn-asgi').recognition.serves).toBe('shop.routing:application');
});

test('the callable is found where the documentation of FastAPI puts it', () => {
  expect(chosen({ 'app/main.py': 'from fastapi import FastAPI\n\napp = FastAPI()\n', 'requirements.txt': '' })).toMatchObject({
    name: 'gunicorn-asgi', recognition: { serves: 'app.main:app', recognised: 'ASGI: a callable, by `app` in app/main.py' },
  });
});

test('a callable that a web line of gunicorn names is served by ASGI when the settings say so', () => {
  expect(chosen({ Procfile: 'web: gunicorn shop.api:api\n' }, 'gunicorn-asgi').recognition.serves).toBe('shop.api:api');
});

test('the command of uvicorn is understood, and its words are said not to be followed', () => {
  const { name, recognition, warnings } = chosen({ Procfile: 'web: uvicorn main:app --host 0.0.0.0 --port $PORT\n' });
  expect({ name, serves: recognition.serves }).toEqual({ name: 'gunicorn-asgi', serves: 'main:app' });
  expect(warnings).toEqual(['Procfile: the words of uvicorn are not followed; Paddock serves by Gunicorn, sized for the machine']);
});

test('there is a worker a core', () => {
  const { size } = gatewayNamed('gunicorn-asgi');
  expect(size({ cores: 2, memoryBytes: 2 * 2 ** 30 })).toEqual({ workers: 2, threads: 100 });
  expect(size({ cores: 8, memoryBytes: 2 ** 30 }).workers).toBe(4);
});
