import { expect, test } from 'vitest';
import { parsePointer, parseSettings } from '../../app-runtime/settings.js';
import { settings } from './settings.js';

const parsed = (change: object) => parseSettings(JSON.stringify({ ...settings, ...change }), '/etc/paddock/settings.json');

test('a machine reads back what the deploy wrote', () => {
  expect(parsed({})).toEqual(settings);
});

test.each([
  [{ version: 2 }, 'version must be 1, got 2'],
  [{ role: 'database' }, 'role must be single-node, got "database"'],
  [{ deployment: '../x' }, 'deployment must be lower case letters, digits and dashes, 32 at most, got "../x"'],
  [{ agent: { ...settings.agent, digest: 'abc' } }, 'agent.digest must be a SHA-256 in hexadecimal, got "abc"'],
  [{ volume: {} }, 'volume.id must be a volume id, got undefined'],
  [{ keptParameter: 'kept' }, 'keptParameter must be a parameter name, got "kept"'],
  [{ packages: ['nginx; reboot'] }, 'packages[0] must be Debian package names, got "nginx; reboot"'],
])('%j is refused in one line', (change, message) => {
  expect(() => parsed(change)).toThrow(`/etc/paddock/settings.json: ${message}; correct it and deploy again`);
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
