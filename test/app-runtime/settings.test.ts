import { expect, test } from 'vitest';
import { parsePointer } from '../../app-runtime/release-pointer.js';
import { parseSettings } from '../../app-runtime/settings.js';
import { appServerSettings, balancerSettings, settings } from './settings.js';

const parsed = (change: object) => parseSettings(JSON.stringify({ ...settings, ...change }), '/etc/paddock/settings.json');

test('a machine reads back what the deploy wrote', () => {
  expect(parsed({})).toEqual(settings);
});

test.each([
  [{ version: 2 }, 'version must be 1, got 2'],
  [{ role: 'database' }, 'role must be one of single-node, app-server, balancer, got "database"'],
  [{ deployment: '../x' }, 'deployment must be lower case letters, digits and dashes, 32 at most, got "../x"'],
  [{ agent: { ...settings.agent, digest: 'abc' } }, 'agent.digest must be a SHA-256 in hexadecimal, got "abc"'],
  [{ volume: {} }, 'volume.id must be a volume id, got undefined'],
  [{ proxy: 'caddy' }, 'proxy must be nginx or apache, got "caddy"'],
  [{ packages: 'a/../b' }, 'packages must be a fingerprint, got "a/../b"'],
])('%j is refused in one line', (change, message) => {
  expect(() => parsed(change)).toThrow(`/etc/paddock/settings.json: ${message}; correct it and deploy again`);
});

test('an app server and a balancer read back what the deploy wrote', () => {
  for (const told of [appServerSettings, balancerSettings]) expect(parseSettings(JSON.stringify(told))).toEqual(told);
});

test.each([
  [{ ...appServerSettings, release: settings.agent.digest }, 'release.key must be an object key, got undefined'],
  [{ ...appServerSettings, balancer: 'haproxy' }, 'balancer must be nginx or alb, got "haproxy"'],
  [{ ...appServerSettings, balancer: 'alb', proxy: 'caddy' }, 'proxy must be nginx or apache, got "caddy"'],
  [{ ...appServerSettings, network: '10.0.0.0/16; allow all' }, 'network must be a range of IPv4 addresses, got "10.0.0.0/16; allow all"'],
  [{ ...balancerSettings, site: 'shop;evil' }, 'site must be a host name, got "shop;evil"'],
  [{ ...balancerSettings, servers: undefined }, 'servers must be the name of an Auto Scaling group, got undefined'],
  [{ ...balancerSettings, https: 'yes' }, 'https must be true or false, got "yes"'],
])('%j is refused for its role', (told, message) => {
  expect(() => parseSettings(JSON.stringify(told))).toThrow(`settings.json: ${message}; correct it and deploy again`);
});

test('what is no JSON object is refused', () => {
  expect(() => parseSettings('{"version":')).toThrow('settings.json: must be a JSON object, got "{\\"version\\":"; deploy again');
});

test('a release pointer without a digest is refused', () => {
  const pointer = { ...settings.agent, signal: 'Release0123456789ab', machine: settings.machine };
  expect(parsePointer(JSON.stringify(pointer))).toEqual(pointer);
  expect(() => parsePointer(JSON.stringify({ ...pointer, digest: undefined }))).toThrow('release parameter: release.digest must be a SHA-256 in hexadecimal, got undefined; correct it and deploy again');
});

test('a release pointer says that migrations are accepted with true, or not at all', () => {
  const pointer = { ...settings.agent, signal: 'Release0123456789ab', machine: settings.machine };
  expect(parsePointer(JSON.stringify({ ...pointer, acceptIncompatibleMigrations: true })).acceptIncompatibleMigrations).toBe(true);
  expect(() => parsePointer(JSON.stringify({ ...pointer, acceptIncompatibleMigrations: 'yes' }))).toThrow('release parameter: acceptIncompatibleMigrations must be true or false, got "yes"');
});
