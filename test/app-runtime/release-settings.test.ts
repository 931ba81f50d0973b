import { expect, test } from 'vitest';
import { parseManifest } from '../../app-runtime/release.js';
import { hosts, RESERVED } from '../../app-runtime/release-settings.js';
import { shapes } from './machine.js';
import { releaseSettings, settings } from './settings.js';

const { manifest } = shapes['single-node-wsgi-1-core'];
const parsed = (change: object) => parseManifest(JSON.stringify({ ...manifest, settings: { ...releaseSettings, ...change } })).settings;

test('a machine reads back what the build wrote', () => {
  const told = {
    environment: { GREETING: 'hello, "world"' }, watchSecrets: true, bakeSeconds: 0,
    secrets: { API_KEY: { parameter: '/shop/api-key' }, STRIPE: { secret: 'shop/stripe', field: 'live key' }, TOKEN: { secret: 'shop/token' }, DATABASE_URL: { database: 'paddock/database/credentials' } },
  };
  expect(parsed(told)).toEqual({ ...releaseSettings, ...told });
});

test('without a domain the machine answers its address, with one only the domain', () => {
  expect(hosts(releaseSettings, settings)).toEqual(['192.0.2.80']);
  expect(hosts({ ...releaseSettings, domains: ['a.example', 'b.example'] }, settings)).toEqual(['a.example', 'b.example']);
});

test.each([
  [{ domains: ['a.example;'] }, 'domains[0] must be a host name such as shop.example.com, got "a.example;"'],
  [{ maxBodyBytes: 0.5 }, 'maxBodyBytes must be a whole number above 0, got 0.5'],
  [{ timeouts: { ...releaseSettings.timeouts, unitStop: 0 } }, 'timeouts.unitStop must be a whole number above 0, got 0'],
  [{ readinessPath: '/;' }, 'readinessPath must be a path that starts with a slash, of letters, digits and _ . / ~ -, got "/;"'],
  [{ environment: { A: 'x\nB=y' } }, 'environment.A must be text without line breaks or control characters, got "x\\nB=y"'],
  [{ environment: { 'A B': 'x' } }, 'environment "A B" must be letters, digits and underscores, got "A B"'],
  [{ secrets: { 'A=': { parameter: '/a' } } }, 'secrets "A=" must be letters, digits and underscores, got "A="'],
  [{ secrets: { A: { parameter: 'shop/a' } } }, 'secrets.A.parameter must be the full name of a parameter, such as /shop/api-key, got "shop/a"'],
  [{ secrets: { A: { secret: 'a b' } } }, 'secrets.A.secret must be the name of a secret, such as shop/api-key, got "a b"'],
  [{ secrets: { A: { secret: 'a', field: '' } } }, 'secrets.A.field must be a name in the secret\'s JSON, got ""'],
  [{ secrets: { DATABASE_URL: { database: 'a b' } } }, 'secrets.DATABASE_URL.database must be the name of a secret, such as shop/api-key, got "a b"'],
  [{ environment: { A: 'x' }, secrets: { A: { parameter: '/a' } } }, 'secrets.A must be either plain or a secret, got "both"'],
  [{ watchSecrets: 'yes' }, 'watchSecrets must be true or false, got "yes"'],
  [{ bakeSeconds: 601 }, 'bakeSeconds must be whole seconds from 0 to 600, got 601'],
])('%j is refused in one line', (change, message) => {
  expect(() => parsed(change)).toThrow(`release.json: ${message}; correct the application and build the release again`);
});

test.each(RESERVED)('%s is left to the machine, plain and secret', (name) => {
  expect(() => parsed({ environment: { [name]: 'x' } })).toThrow(`environment.${name} must be left to Paddock, got "x"`);
  expect(() => parsed({ secrets: { [name]: { parameter: '/x' } } })).toThrow(`secrets.${name} must be left to Paddock, got {"parameter":"/x"}`);
});
