import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Subject } from '../../../../../app-runtime/gateway/examined.js';
import { told } from '../../../../../app-runtime/gateway/finding.js';
import { procfileOf } from '../../../../../app-runtime/gateway/procfile.js';
import { recognise } from '../../../../../app-runtime/gateways/gunicorn/detect.js';
import { examine } from '../../../../../app-runtime/gateways/gunicorn/plan/examine.js';
import { Cache } from '../../../../../lib/release/cache.js';
import { measuredWork } from '../../../../../lib/plan/work.js';
import { refusal } from '../../../../lib/application.js';
import { folderOf } from './site.js';

const examples = join(import.meta.dirname, '../../../../../examples');

function subject(source: string, more: Partial<Subject> = {}): Subject {
  return {
    source, where: 'shop', recognition: recognise({ path: source, where: 'shop', web: procfileOf(source).web }), scratch: folderOf({}), cache: new Cache(), say: () => {}, copy: (to) => cpSync(source, to, { recursive: true }),
    hosts: ['shop.example.com'], https: true, environment: {}, secrets: [], ...more,
  };
}

/** The Django example with other settings at its end. */
function django(settings: string, files: Record<string, string> = {}): string {
  const folder = folderOf({});
  cpSync(join(examples, 'django'), folder, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  cpSync(join(examples, 'django/guestbook/settings.py'), join(folder, 'guestbook/settings.py'));
  writeFileSync(join(folder, 'guestbook/settings.py'), settings, { flag: 'a' });
  return folder;
}

describe('the examples, as their settings are once run', () => {
  test('django keeps its rows in SQLite until it is given a database, and that is all', () => {
    const { findings, settings, unrun, sqlite, connections } = examine(subject(join(examples, 'django')));
    expect(findings.map(told)).toEqual([
      "guestbook/settings.py:36: the database must be one that every server reaches, got SQLite in a file of one machine (DATABASES['default']); set database to paddock.Database.postgres() on the settings page: these settings take its DATABASE_URL, copy the rows with dumpdata and loaddata",
    ]);
    expect({ settings, unrun, sqlite, connections }).toEqual({ settings: 'guestbook.settings', unrun: undefined, sqlite: true, connections: { by: 'thread', most: 1, why: 'Django keeps one for each thread' } });
  });

  test.each(['flask', 'wsgi'])('%s has no findings', (name) => {
    const { findings, settings, unrun, sqlite, connections } = examine(subject(join(examples, name)));
    expect({ findings, settings, unrun, sqlite, connections }).toEqual({ findings: [], settings: undefined, unrun: undefined, sqlite: false, connections: undefined });
  });
});

test('what only running tells is told: computed values, and settings that take DATABASE_URL already', () => {
  const settings = `
backend = "file"
SESSION_ENGINE = "django.contrib.sessions.backends." + {"file": "file"}[backend]
MIDDLEWARE = [*MIDDLEWARE, "django.contrib.sessions.middleware.SessionMiddleware"]
if "DATABASE_URL" in os.environ:
    DATABASES = {key: {"ENGINE": "django.db.backends.postgresql", "HOST": "db.example.com", "NAME": "shop"} for key in ["default"]}
`;
  const findings = examine(subject(django(settings))).findings.map(told);
  expect(findings).toEqual([
    expect.stringMatching(/^guestbook\/settings\.py:\d+: the database must .*; set database to paddock\.Database\.postgres\(\) on the settings page: these settings take its DATABASE_URL, copy the rows/),
    expect.stringMatching(/^guestbook\/settings\.py:\d+: sessions must lie where every server reads them, got files on this server's disk; /),
  ]);
  expect(examine(subject(django(settings), { secrets: ['DATABASE_URL'] })).findings.map(told)).toEqual([expect.stringContaining('sessions must lie')]);
});

test('a field that keeps files is found by the model that was loaded, at its line', () => {
  const models = 'from django.db import models\n\n\nclass Entry(models.Model):\n    name = models.CharField(max_length=40)\n    message = models.CharField(max_length=280)\n    written = models.DateTimeField(auto_now_add=True)\n    picture = models.FileField()\n';
  expect(examine(subject(django('', { 'entries/models.py': models }))).findings.map(told)).toContainEqual(expect.stringMatching(/^entries\/models\.py:8: uploaded files must lie where every server reads them, got Entry\.picture on this server's disk; /));
});

test('an application whose dependencies cannot be installed is read, and the plan says why', () => {
  const folder = django('');
  writeFileSync(join(folder, 'requirements.txt'), 'django\n');
  const { unrun, findings, settings } = examine(subject(folder));
  expect(unrun).toMatch(/^shop\/requirements\.txt: every requirement must be pinned with == /);
  expect(findings.map(told)).toEqual([expect.stringMatching(/^guestbook\/settings\.py:36: the database must /)]);
  expect(settings).toBe('guestbook.settings');
});

describe('a measured path', () => {
  test('has its tables made by the release command, and takes what it takes', () => {
    const { service, processor, source } = measuredWork(examine(subject(join(examples, 'django'))), '/', { host: 'shop.example.com', releaseCommand: procfileOf(join(examples, 'django')).release });
    expect(processor).toBeGreaterThan(0.1);
    expect(service).toBeGreaterThanOrEqual(processor);
    expect(source).toMatch(/^measured here: \/, \d+ times one after the other$/);
  });

  test('that waits takes a thread for longer than a processor', () => {
    const { service, processor } = measuredWork(examine(subject(join(examples, 'flask'), { measured: true })), '/wait', { host: 'shop.example.com' });
    expect(service).toBeGreaterThanOrEqual(10);
    expect(processor).toBeLessThan(5);
  });

  test('that does not answer 2xx is refused', () => {
    const examined = examine(subject(join(examples, 'flask'), { measured: true }));
    expect(refusal(() => measuredWork(examined, '/nowhere', { host: 'shop.example.com' }))).toBe('plan: /nowhere must answer 2xx on this computer to be measured, got 404 NOT FOUND; measure another path by --measure, or say what a request takes by --service-time');
  });
});
