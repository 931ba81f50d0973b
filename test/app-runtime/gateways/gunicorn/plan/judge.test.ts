import { expect, test } from 'vitest';
import { djangoFindings, GOOD, plainFindings } from './site.js';

/** Line of the first line that a test adds to the good settings. */
const L = GOOD.split('\n').length;
const S3 = "keep them in S3: media: paddock.Media.bucket(), django-storages, and STORAGES['default'] with storages.backends.s3.S3Storage";
const MODELS = 'from django.db import models\n\nclass Order(models.Model):\n    receipt = models.FileField(upload_to="receipts")\n';
const CACHED = { 'shop/views.py': 'from django.core.cache import cache\n' };

test('a site that any number of servers may run has no findings', () => {
  expect(djangoFindings('')).toEqual([]);
});

test.each<[string, string, Record<string, string>, Record<string, string> | undefined, string]>([
  ['SQLite, by the line of its engine', 'DATABASES = {\n    "default": {\n        "ENGINE": "django.db.backends.sqlite3",\n        "NAME": "db.sqlite3",\n    }\n}\n', {}, {},
    `shop/settings.py:${L + 2}: the database must be one that every server reaches, got SQLite in a file of one machine (DATABASES['default']); read it from DATABASE_URL, as dj_database_url.config() does, and set database to paddock.Database.postgres() on the settings page, add psycopg[binary] to the dependencies, copy the rows with dumpdata and loaddata`],
  ['a database on the machine itself, and the variable that names another', 'DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": os.environ.get("DB_HOST", "localhost")}}\n', {}, {},
    `shop/settings.py:${L}: the database must be one that every server reaches, got one on the server itself (HOST "localhost"); give DB_HOST in environment on the settings page`],
  ['a field that keeps files on the local disk', '', { 'shop/models.py': MODELS }, undefined,
    `shop/models.py:4: uploaded files must lie where every server reads them, got Order.receipt on this server's disk; ${S3}`],
  ['a storage that is the local disk', '', { 'shop/storage.py': 'from django.core.files.storage import FileSystemStorage\n\nreceipts = FileSystemStorage("/data/receipts")\n' }, undefined,
    `shop/storage.py:3: uploaded files must lie where every server reads them, got FileSystemStorage on this server's disk; ${S3}`],
  ['a package that keeps files', 'INSTALLED_APPS += ["wagtail.images"]\n', {}, undefined,
    `shop/settings.py:7: uploaded files must lie where every server reads them, got the files of wagtail.images on this server's disk; ${S3}`],
  ['a cache in each worker, that is used', 'CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}\n', CACHED, undefined,
    `shop/settings.py:${L}: a cache must be one that every server reads, got memory of one worker (CACHES['default'], used by cache in shop/views.py:1); use Redis or Memcached (ElastiCache) or DatabaseCache in CACHES`],
  ['the cache that Django takes when it is told none', '', CACHED, undefined,
    `shop/views.py:1: a cache must be one that every server reads, got memory of one worker (CACHES['default'], used by cache in shop/views.py:1); use Redis or Memcached (ElastiCache) or DatabaseCache in CACHES`],
  ['a cache that a template uses', '', { 'shop/templates/home.html': '{% load cache %}\n{% cache 500 sidebar %}\n' }, undefined,
    `shop/templates/home.html:2: a cache must be one that every server reads, got memory of one worker (CACHES['default'], used by {% cache %} in shop/templates/home.html:2); use Redis or Memcached (ElastiCache) or DatabaseCache in CACHES`],
  ['a cache server on the machine itself', 'CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://localhost:6379"}}\n', CACHED, undefined,
    `shop/settings.py:${L}: a cache must be one that every server reads, got a server on this machine, where none runs (redis://localhost:6379); name the ElastiCache server, from the environment`],
  ['sessions in files', 'SESSION_ENGINE = "django.contrib.sessions.backends.file"\n', {}, undefined,
    `shop/settings.py:${L}: sessions must lie where every server reads them, got files on this server's disk; set SESSION_ENGINE = 'django.contrib.sessions.backends.db'`],
  ['sessions in a cache of one worker', 'SESSION_ENGINE = "django.contrib.sessions.backends.cache"\n', {}, undefined,
    `shop/settings.py:${L}: sessions must lie where every server reads them, got the cache, which is memory of one worker; use Redis or Memcached (ElastiCache) or DatabaseCache in CACHES, or set SESSION_ENGINE = 'django.contrib.sessions.backends.db'`],
  ['a schedule of an installed package', 'INSTALLED_APPS.append("django_crontab")\n', {}, undefined,
    'shop/settings.py:7: a schedule must run once for all servers, got django_crontab, which no crontab runs here; start the job from outside, by EventBridge Scheduler or one worker, or let each run take a lock in the database'],
  ['hosts that are written down', 'ALLOWED_HOSTS = ["www.example.com"]\n', {}, undefined,
    `shop/settings.py:${L}: ALLOWED_HOSTS must hold the names that the balancer answers, got ["www.example.com"]; read os.environ['ALLOWED_HOSTS'].split(','), or name one of these in domains on the settings page`],
  ['hosts of a variable that nobody gives', 'ALLOWED_HOSTS = os.environ["DJANGO_HOSTS"].split(",")\n', {}, undefined,
    `shop/settings.py:${L}: ALLOWED_HOSTS must hold the names that the balancer answers, got those of DJANGO_HOSTS, which nobody gives; give DJANGO_HOSTS in environment on the settings page, or read os.environ['ALLOWED_HOSTS'].split(',')`],
  ['a header that the balancer neither sets nor clears', 'SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTOCOL", "https")\n', {}, undefined,
    `shop/settings.py:${L}: SECURE_PROXY_SSL_HEADER must name the header that the balancer sets and clears, got ["HTTP_X_FORWARDED_PROTOCOL","https"]; set SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')`],
  ['no header where the site insists on HTTPS', 'SECURE_PROXY_SSL_HEADER = None\nSECURE_SSL_REDIRECT = True\n', {}, undefined,
    `shop/settings.py:${L + 1}: SECURE_PROXY_SSL_HEADER must say how HTTPS is known, since SECURE_SSL_REDIRECT is on, got none: only Gunicorn tells; set SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')`],
  ['a trusted origin without a scheme', 'CSRF_TRUSTED_ORIGINS = [".example.com"]\n', {}, undefined,
    `shop/settings.py:${L}: each of CSRF_TRUSTED_ORIGINS must begin with its scheme, got .example.com; write https://*.example.com`],
  ['a key that each server makes for itself', 'from django.core.management.utils import get_random_secret_key\nSECRET_KEY = os.environ.get("SHOP_KEY") or get_random_secret_key()\n', {}, undefined,
    `shop/settings.py:${L + 1}: the secret key must be the same on every server, got os.environ.get('SHOP_KEY') or get_random_secret_key(); read os.environ['SECRET_KEY'], which all servers are given`],
])('Django: %s', (_, settings, files, environment, finding) => {
  expect(djangoFindings(settings, files, environment)).toEqual([finding]);
});

test.each<[string, string, Record<string, string>]>([
  ['a cache that nobody uses', 'CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}\n', {}],
  ['media in S3', 'STORAGES = {"default": {"BACKEND": "storages.backends.s3.S3Storage"}}\n', { 'shop/models.py': MODELS }],
  ['a field with a storage of its own', '', { 'shop/models.py': MODELS.replace('"receipts"', '"receipts", storage=bucket') }],
  ['a form that takes a file', '', { 'shop/forms.py': 'from django import forms\n\nclass Upload(forms.Form):\n    file = forms.FileField()\n' }],
  ['what only tests, migrations and commands do', '', {
    'shop/tests.py': 'import sqlite3\nsqlite3.connect("x.db")\n', 'shop/migrations/0001_initial.py': MODELS, 'shop/management/commands/dump.py': 'open("/tmp/dump.csv", "w")\n' }],
  ['a Redis elsewhere', 'CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://cache.example.com:6379"}}\n', CACHED],
  ['a database whose host a file of secrets gives', 'SECRETS = dict(open_secrets())\nDATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "HOST": SECRETS.get("db_host", "")}}\n', {}],
  ['a database by django-environ', 'import environ\nenv = environ.Env()\nDATABASES = {"default": env.db("DATABASE_URL", default="sqlite:///db.sqlite3")}\n', {}],
  ['hosts by a pattern', 'ALLOWED_HOSTS = [".example.com"]\n', {}],
  ['settings of development, under DEBUG', 'if DEBUG:\n    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}\n    ALLOWED_HOSTS = ["localhost"]\n', {}],
  ['a key that is made where none is given', 'SECRET_KEY = os.environ.get("SECRET_KEY") or os.urandom(32)\n', {}],
])('Django: %s is none', (_, settings, files) => {
  expect(djangoFindings(settings, files)).toEqual([]);
});

test('a redirect to HTTPS waits for the certificate', () => {
  const redirect = 'SECURE_SSL_REDIRECT = os.environ.get("SSL_REDIRECT", "true").lower() == "true"\n';
  expect(djangoFindings(redirect, {}, undefined, true)).toEqual([]);
  expect(djangoFindings(redirect, {}, undefined, false)).toEqual([`shop/settings.py:${L}: SECURE_SSL_REDIRECT must wait for a certificate, got true without one; give the certificate on the settings page, or SSL_REDIRECT as False in environment`]);
  expect(djangoFindings(redirect, {}, { DATABASE_URL: 'postgres://db.example.com/shop', SSL_REDIRECT: 'False' }, false)).toEqual([]);
});

test('settings of several files are read in their order, and a finding names the file that counts', () => {
  const files = { 'shop/base.py': 'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db"}}\nALLOWED_HOSTS = ["*"]\n' };
  expect(djangoFindings('from .base import *\n', files)).toEqual([expect.stringMatching(/^shop\/base\.py:1: the database must/)]);
  expect(djangoFindings('from .base import *\nDATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"\nDATABASES["default"]["HOST"] = "db.example.com"\n', files)).toEqual([]);
});

test.each<[string, string, string]>([
  ['SQLite', 'import sqlite3\n\ndef index():\n    return sqlite3.connect("guests.db")\n', "app.py:4: the database must be one that every server reaches, got SQLite in a file of one machine, sqlite3.connect('guests.db'); keep the rows in the servers' shared database: set database to paddock.Database.postgres() on the settings page"],
  ['SQLite where a variable is not given', 'import os\nURI = os.environ.get("DATABASE_URL") or "sqlite:///" + os.path.join("app.db")\n', 'app.py:2: the database must be one that every server reaches, got SQLite in a file of one machine, sqlite:///; set database to paddock.Database.postgres() on the settings page'],
  ['an upload under DATA_DIR', 'import os\nfrom flask import request\nFOLDER = os.environ["DATA_DIR"]\n\ndef upload():\n    file = request.files["file"]\n    file.save(os.path.join(FOLDER, "x"))\n',
    "app.py:7: what a request writes must lie where every server reads it, got a file on this server's disk, os.path.join(FOLDER, 'x'); keep it in the database or in S3"],
  ['a file that is written there', 'import os\nfrom pathlib import Path\nDATA = Path(os.environ["DATA_DIR"])\n\ndef note():\n    (DATA / "notes.txt").write_text("x")\n',
    "app.py:6: what a request writes must lie where every server reads it, got a file on this server's disk, DATA / 'notes.txt'; keep it in the database or in S3"],
  ['a file in /tmp whose name others know', 'def note():\n    with open("/tmp/last", "w") as file:\n        file.write("x")\n', "app.py:2: a file in /tmp must serve one request alone, got a name that others know, '/tmp/last'; use tempfile, or S3 when another request reads it"],
  ['a cache in each worker', 'from flask_caching import Cache\ncache = Cache(config={"CACHE_TYPE": "SimpleCache"})\n', "app.py:2: a cache must be one that every server reads, got CACHE_TYPE SimpleCache; set CACHE_TYPE to 'RedisCache' or 'MemcachedCache'"],
  ['sessions in files', 'app.config["SESSION_TYPE"] = "filesystem"\n', "app.py:1: sessions must lie where every server reads them, got SESSION_TYPE filesystem; set SESSION_TYPE to 'redis' or 'sqlalchemy', or leave sessions to Flask's signed cookie"],
  ['a scheduler beside the requests', 'from apscheduler.schedulers.background import BackgroundScheduler\nscheduler = BackgroundScheduler()\n', 'app.py:2: a schedule must run once for all servers, got BackgroundScheduler in each worker of each server; start the job from outside, by EventBridge Scheduler or one worker, or let each run take a lock in the database'],
  ['a schedule of the schedule package', 'import schedule\nschedule.every().day.do(print)\n', 'app.py:2: a schedule must run once for all servers, got schedule.every in each worker of each server; start the job from outside, by EventBridge Scheduler or one worker, or let each run take a lock in the database'],
  ['a timer', 'from threading import Timer\n\ndef index():\n    Timer(5, print).start()\n', 'app.py:4: work beside requests must survive its server, got threading.Timer, which ends with the worker and runs in each; start the job from outside, by EventBridge Scheduler or one worker, or let each run take a lock in the database'],
  ['a key that each worker makes for itself', 'import os\napp.secret_key = os.urandom(24)\n', "app.py:2: the secret key must be the same on every server, got os.urandom(24); read os.environ['SECRET_KEY'], which all servers are given"],
])('without Django: %s', (_, source, finding) => {
  expect(plainFindings(source)).toEqual([finding]);
});

test.each<[string, string]>([
  ['a database in memory', 'import sqlite3\nsqlite3.connect(":memory:")\nURI = "sqlite:///:memory:"\n'],
  ['a look at an address', 'def is_local(url):\n    return url.startswith("sqlite:///")\n'],
  ['SQLite where the variable is given', 'import os\nURI = os.environ.get("DATABASE_URL", "sqlite:///app.db")\n'],
  ['a temporary file with a name of its own', 'import tempfile\n\ndef note():\n    with tempfile.NamedTemporaryFile("w") as file:\n        file.write("x")\n'],
  ['a file that is read', 'import os\n\ndef note():\n    return open(os.path.join(os.environ["DATA_DIR"], "x")).read()\n'],
  ['a scheduler of somebody else', 'from mine import BackgroundScheduler\nBackgroundScheduler()\n'],
  ['a thread that a request waits for', 'import threading\n\ndef index():\n    threading.Thread(target=print).start()\n'],
])('without Django: %s is none', (_, source) => {
  expect(plainFindings(source, { DATABASE_URL: 'postgres://db.example.com/shop' })).toEqual([]);
});
