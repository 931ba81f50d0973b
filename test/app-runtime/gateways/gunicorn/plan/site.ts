import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Application } from '../../../../../app-runtime/gateways/gunicorn/plan/application.js';
import { told } from '../../../../../app-runtime/gateway/finding.js';
import { judge } from '../../../../../app-runtime/gateways/gunicorn/plan/judge.js';
import { survey } from '../../../../../app-runtime/gateways/gunicorn/plan/survey.js';

/** What every server tells an application. */
export const SERVER = { SECRET_KEY: 'given', ALLOWED_HOSTS: 'shop.example.com', DATA_DIR: '/data', PADDOCK_RELEASE: 'given' };

/** Settings of a Django site that any number of servers may run. */
export const GOOD = `import os
import dj_database_url
SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "").split(",")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
INSTALLED_APPS = ["django.contrib.sessions", "shop"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
DATABASES = {"default": dj_database_url.config(conn_max_age=60)}
`;

/** A folder of the given files, that goes with the test. */
export function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-plan-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** What is known of an application that was read and not run. */
export function readApplication(files: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>> = {}, https = true): Application {
  const given = { ...SERVER, ...environment };
  const module = 'shop/settings.py' in files || 'shop/settings/__init__.py' in files ? 'shop.settings' : undefined;
  return { survey: survey(folderOf(files), module, given), told: { hosts: [given.ALLOWED_HOSTS], variables: Object.keys(given), https } };
}

/** The findings of an application without Django's settings, a line each. */
export function plainFindings(source: string, environment: Readonly<Record<string, string>> = {}): string[] {
  return judge(readApplication({ 'app.py': source }, environment)).map(told);
}

/** The findings of a Django site whose settings end with other ones, a line each. */
export function djangoFindings(settings: string, files: Readonly<Record<string, string>> = {}, environment: Readonly<Record<string, string>> = { DATABASE_URL: 'postgres://db.example.com/shop' }, https = true): string[] {
  return judge(readApplication({ 'shop/settings.py': `${GOOD}${settings}`, ...files }, environment, https)).map(told);
}
