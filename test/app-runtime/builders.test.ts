import { expect, test } from 'vitest';
import { chooseGateway } from '../../app-runtime/builders.js';
import { application, HELLO, refusal } from '../lib/application.js';

const chosen = (files: Record<string, string>, named?: string) => chooseGateway(application(files), 'shop', named);

test('a Procfile says what runs before a release, and is told what does not run', () => {
  const { releaseCommand, warnings, name } = chosen({ Procfile: 'web: gunicorn --workers 2 shop:app\nrelease: flask db upgrade\nworker: celery\n' });
  expect({ name, releaseCommand }).toEqual({ name: 'gunicorn', releaseCommand: 'flask db upgrade' });
  expect(warnings).toEqual([
    'Procfile: `worker:` is not run; Paddock runs `web:` and `release:`',
    'Procfile: --workers ignored; Paddock computes them from the machine and the request budget',
  ]);
});

test('a web line that no gateway knows is refused with those that there are', () => {
  expect(refusal(() => chosen({ Procfile: 'web: an-invented-server shop:app\n' }))).toMatch(
    /^shop\/Procfile: the web line must be the command of a gateway \(.*gunicorn.*\), got an-invented-server shop:app; write one of theirs, and put what runs before it on the `release:` line$/);
});

test('a folder that speaks for no gateway is refused with what each of them looks for', () => {
  expect(refusal(() => chosen({ 'README.md': 'a site\n' }))).toMatch(/^shop: must hold an application that a gateway serves, got nothing of that kind: .*gunicorn looks for a Django project or a WSGI callable/);
});

test.each([['uwsgi', 'gunicorn', { 'wsgi.py': HELLO }], ['unicorn', 'puma', { 'config.ru': 'run App\n' }], ['jetty', 'tomcat', { 'pom.xml': '<packaging>war</packaging>' }]])('%s is chosen by the settings alone: the same folder speaks for %s', (named, spoken, files) => {
  expect(chosen(files).name).toBe(spoken);
  expect(chosen(files, named)).toMatchObject({ name: named, recognition: { serves: chosen(files).recognition.serves } });
});

test('uWSGI serves the callable that a web line of gunicorn names', () => {
  expect(chosen({ 'wsgi.py': HELLO, Procfile: 'web: gunicorn shop.api:api\n' }, 'uwsgi').recognition.serves).toBe('shop.api:api');
});

test('the settings overrule what the folder says, and know no gateway that is not there', () => {
  expect(chosen({ 'wsgi.py': HELLO, Procfile: 'web: somebody-else\n' }, 'gunicorn').recognition.serves).toBe('wsgi:application');
  expect(refusal(() => chosen({ 'wsgi.py': HELLO }, 'guincorn'))).toMatch(/^shop: gateway must be one of .*, got guincorn; correct it in the settings page$/);
});
