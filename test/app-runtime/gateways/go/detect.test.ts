import { expect, test } from 'vitest';
import { chooseGateway } from '../../../../app-runtime/builders.js';
import { application, refusal } from '../../../lib/application.js';

const MAIN = 'package main\n\nfunc main() {}\n';
const found = (files: Record<string, string>) => chooseGateway(application({ 'go.mod': 'module example.com/shop\n', ...files }), 'shop');

test('a module is recognised by go.mod, and its program by the main package in the folder or in cmd/', () => {
  expect(found({ 'main.go': MAIN })).toMatchObject({ name: 'go', recognition: { serves: 'shop', recognised: 'Go, by go.mod, and the main package in .' } });
  expect(found({ 'shop.go': 'package shop\n', 'cmd/web/main.go': MAIN }).recognition.serves).toBe('web');
});

test('files in cmd/ are no programs of their own', () => {
  expect(found({ 'main.go': MAIN, 'cmd/root.go': 'package cmd\n', 'cmd/README.md': 'commands\n' }).recognition.serves).toBe('shop');
});

test('a web line of bin/ means what the module is compiled to, with or without ./', () => {
  for (const web of ['bin/web', './bin/web']) expect(found({ 'cmd/web/main.go': MAIN, Procfile: `web: ${web}\n` })).toMatchObject({ name: 'go', recognition: { serves: 'web' } });
  expect(chooseGateway(application({ Procfile: 'web: ./bin/web\n' }), 'shop').name).toBe('executable');
});

test('of several programs a Procfile names one', () => {
  const files = { 'cmd/web/main.go': MAIN, 'cmd/worker/main.go': MAIN };
  expect(refusal(() => found(files))).toBe('shop: must hold one main package, got web and worker; say which in a Procfile: `web: bin/web`');
  expect(found({ ...files, Procfile: 'web: bin/worker\n' }).recognition.serves).toBe('worker');
  expect(refusal(() => found({ ...files, Procfile: 'web: bin/other\n' }))).toMatch(/must hold a main package, in the folder itself or in one of cmd\/, got none called other; /);
});

test('a module without a program is refused', () => {
  expect(refusal(() => found({ 'shop.go': 'package shop\n', 'shop_test.go': MAIN }))).toBe('shop: must hold a main package, in the folder itself or in one of cmd/, got none; add one, or correct the web line of the Procfile');
});

test('a folder that speaks for two gateways is refused with both, and with how to choose', () => {
  const both = { 'main.go': MAIN, 'package.json': '{"scripts":{"start":"node server.js"}}' };
  expect(refusal(() => found(both))).toBe("shop: must be for one gateway, got go (go.mod) and node (package.json with a start script); say which, as in gateway: 'go' in the settings page");
  expect(chooseGateway(application({ 'go.mod': '', ...both }), 'shop', 'node').recognition.serves).toBe('server.js');
});
