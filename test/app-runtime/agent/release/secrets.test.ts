import { expect, test } from 'vitest';
import type { Aws } from '../../../../app-runtime/agent/aws/aws.js';
import { fetchSecrets } from '../../../../app-runtime/agent/release/secrets.js';

const credentials = { engine: 'postgres', host: 'database.example.com', port: 5432, username: 'paddock', password: 'p@ss/w:rd?#%', dbname: 'app' };
/** Secrets Manager as far as it is asked. */
const holding = (value: unknown) => ({ secrets: async () => ({ SecretString: typeof value === 'string' ? value : JSON.stringify(value) }) }) as unknown as Aws;
const url = async (value: unknown) => (await fetchSecrets(holding(value), { DATABASE_URL: { database: 'paddock/database/credentials' } }))['DATABASE_URL'];

test('a database\'s credentials become its URL, whatever the password holds, and nothing goes there in the clear', async () => {
  const parsed = new URL((await url(credentials))!);
  expect([parsed.protocol, parsed.username, decodeURIComponent(parsed.password), parsed.host, parsed.pathname, parsed.search])
    .toEqual(['postgres:', 'paddock', credentials.password, 'database.example.com:5432', '/app', '?sslmode=require']);
});

test('credentials that lack something are refused by its name, and no message holds a value', async () => {
  await expect(url({ ...credentials, host: undefined })).rejects.toThrow('secrets.DATABASE_URL: secret paddock/database/credentials must be there for the machine to read, got no field "host"; create it and deploy again');
  await expect(url('open sesame')).rejects.toThrow(/got no JSON; /);
});
