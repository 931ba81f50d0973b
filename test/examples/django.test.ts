import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { fetchSecrets } from '../../app-runtime/agent/release/secrets.js';

const EXAMPLE = join(import.meta.dirname, '../../examples/django');
const credentials = { engine: 'postgres', host: 'database-1.abc.eu-central-1.rds.amazonaws.com', port: 5432, username: 'paddock', password: 'p@ss/w:rd?#%&=+ ', dbname: 'app' };

/** Its database as the settings have it, which need no Django to be read. */
function database(environment: Record<string, string>): Record<string, unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-guestbook-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const script = 'import json; from guestbook.settings import DATABASES; print(json.dumps(DATABASES["default"], default=str))';
  const env = { PATH: process.env['PATH'], SECRET_KEY: 'x', DATA_DIR: folder, ...environment };
  return JSON.parse(execFileSync('python3', ['-B', '-c', script], { cwd: EXAMPLE, env, encoding: 'utf8' })) as Record<string, unknown>;
}

test('the guest book reads from DATABASE_URL what the secret of the database holds, and keeps TLS', async () => {
  const aws = { secrets: async () => ({ SecretString: JSON.stringify(credentials) }) } as unknown as Parameters<typeof fetchSecrets>[0];
  const environment = await fetchSecrets(aws, { DATABASE_URL: { database: 'paddock/database/credentials' } });
  const { host, port, username, password, dbname } = credentials;
  expect(database(environment)).toMatchObject({
    ENGINE: 'django.db.backends.postgresql', HOST: host, PORT: port, USER: username, PASSWORD: password, NAME: dbname, OPTIONS: { sslmode: 'require' },
  });
});

test('the guest book keeps its entries on its own volume where there is no database', () => {
  expect(database({})).toMatchObject({ ENGINE: 'django.db.backends.sqlite3', NAME: expect.stringMatching(/\/guestbook\.sqlite3$/) });
});
