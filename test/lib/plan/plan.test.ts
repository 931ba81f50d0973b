import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Balancer, Database } from '../../../lib/plan/page.js';
import { type Plan, planOf } from '../../../lib/plan/plan.js';
import { report } from '../../../lib/plan/report.js';
import { toldWork } from '../../../lib/plan/work.js';
import { application } from '../application.js';
import { topologies } from './topologies.js';

const docs = readFileSync(join(import.meta.dirname, '../../../docs/topologies.md'), 'utf8');

function plan(props: Readonly<Record<string, unknown>>, more: Partial<Parameters<typeof planOf>[1]> = {}): Plan {
  return planOf(topologies(props), { page: { file: 'bin/paddock.ts', line: 25 }, database: 'db.t4g.small', peak: 1, say: () => {}, ...more });
}

test('the page about topologies says what the command says', () => {
  const flask = { application: 'examples/flask' };
  const [nginx, alb, own] = [plan(flask), plan({ ...flask, balancer: Balancer.alb() }), plan(flask, { work: toldWork('40', '15'), peak: 4 })];
  expect(docs).toContain(`| a month at the defaults | ${nginx.cost.single.toFixed(2)} $ | ${nginx.cost.split.toFixed(2)} $ | ${alb.cost.split.toFixed(2)} $ |`);
  expect(docs).toContain(`| as it is | ${Math.ceil(nginx.pays.rate)} requests/s |`);
  expect(docs).toContain(`| \`-c balancer=alb\` | ${Math.ceil(alb.pays.rate)} requests/s |`);
  expect(docs).toContain(`| \`--service-time 40 --cpu-time 15 --peak 4\` | ${Math.ceil(own.pays.rate)} requests/s |`);
});

test('an application with SQLite is counted with the database server that it will need, and its connections', () => {
  const shop = application({ 'requirements.txt': '', 'wsgi.py': 'import sqlite3\n\n\ndef application(environ, start_response):\n    sqlite3.connect("/data/shop.db")\n' });
  const { findings, cost, connections } = plan({ application: shop });
  expect(findings.map(({ file, line }) => `${file}:${line}`)).toEqual(['wsgi.py:5', 'bin/paddock.ts:25']);
  expect(cost.items.find(({ what }) => what.startsWith('database'))?.split?.what).toBe('db.t4g.small');
  expect(docs).toContain(`costs ${(cost.split - plan({ application: 'examples/flask' }).cost.split).toFixed(2)} $ more`);
  expect(connections).toMatchObject({ most: 576, limit: 175, fits: 'db.t4g.large' });
});

test('a database of the page is what connections are held against, and what either topology pays for', () => {
  const shop = application({ 'requirements.txt': '', 'wsgi.py': 'import psycopg\n\n\ndef application(environ, start_response):\n    pass\n' });
  const { cost, connections, changes } = plan({ application: shop, database: Database.postgres({ instanceType: 't4g.large' }) });
  expect(cost.items.find(({ what }) => what.startsWith('database,'))).toMatchObject({ single: { what: 'db.t4g.large' }, split: { what: 'db.t4g.large' } });
  expect(connections).toMatchObject({ database: 'db.t4g.large', most: 576 });
  expect(changes.at(-1)).toContain('both have the same database');
});

test('a report names the page and the line where the sizes can be mended', () => {
  const shop = application({ 'requirements.txt': '', 'wsgi.py': 'import psycopg\n\n\ndef application(environ, start_response):\n    pass\n' });
  const text = report(plan({ application: shop, maxServers: 20 })).replace(/\n\s+/g, ' ');
  expect(text).toContain('bin/paddock.ts:25: connections at maxServers must be at most what db.t4g.small takes (175), got 1920 (2 × 20 servers × 3 workers × 16 threads; one for each thread); take db.t4g.2xlarge, lower maxServers, or give each worker a pool');
  expect(text).not.toContain('database, 20 GiB');
});

test('what a Procfile asks for and nobody runs is said', () => {
  const shop = application({ 'requirements.txt': '', Procfile: 'web: gunicorn wsgi\nbeat: celery -A shop beat\n', 'wsgi.py': 'def application(environ, start_response):\n    pass\n' });
  expect(report(plan({ application: shop }))).toContain('Procfile: `beat:` is not run; Paddock runs `web:` and `release:`');
});
