import { join } from 'node:path';
import { expect, test } from 'vitest';
import { builder } from '../../../../app-runtime/gateways/node/builder.js';
import { gateway } from '../../../../app-runtime/gateways/node/gateway.js';
import { heap, size } from '../../../../app-runtime/gateways/node/size.js';
import { application, refusal } from '../../../lib/application.js';

const json = (value: object) => JSON.stringify(value);
const started = (start: string) => ({ 'package.json': json({ scripts: { start } }) });
const found = (files: Record<string, string>, web?: string) => builder.recognise({ path: application(files), where: 'shop', web });
const sign = (files: Record<string, string>) => builder.sign(application(files));

test('an application is recognised by its start script, as node runs it', () => {
  expect(found(started('node server.js'))).toEqual({ serves: 'server.js', recognised: 'Node.js running node server.js, by the start script of package.json' });
  expect(found(started('node --enable-source-maps ./dist/main.js --quiet')).serves).toBe('--enable-source-maps dist/main.js --quiet');
  expect(found(started('next start')).serves).toBe('node_modules/.bin/next start');
});

test('flags keep their values, which are not what node runs', () => {
  expect(found(started('node --import ./instrument.mjs ./app.mjs')).serves).toBe('--import ./instrument.mjs app.mjs');
  expect(found(started('node -r dotenv/config server.js')).serves).toBe('-r dotenv/config server.js');
  expect(refusal(() => found(started('node -r dotenv/config')))).toMatch(/must name the file that node runs/);
});

test('NODE_ENV=production is what it is anyway, and other variables belong on the settings page', () => {
  expect(found(started('NODE_ENV=production node server.js')).serves).toBe('server.js');
  expect(found({ 'package.json': '{}' }, 'NODE_ENV=production exec node web.js').serves).toBe('web.js');
  expect(builder.launches('NODE_ENV=production node web.js', '')).toBe(true);
  expect(refusal(() => found(started('LOG=1 node server.js')))).toBe('shop/package.json: the start script must set no variable, got LOG=1; put it into `environment` in the settings page');
});

test('without a start script it is server.js, as npm has it', () => {
  expect(found({ 'package.json': '{}', 'server.js': '' }).serves).toBe('server.js');
  expect(refusal(() => found({ 'package.json': '{}' }))).toBe('shop: must say what node is to run, got no start script in package.json, and no server.js; add `"scripts": {"start": "node server.js"}` with your own file to package.json');
});

test('a Procfile overrules the start script, unless it is npm that it starts', () => {
  expect(found(started('node server.js'), 'node other.js').recognised).toBe('Node.js running node other.js, by the Procfile\'s web line');
  expect(found(started('node server.js'), 'npm start').serves).toBe('server.js');
});

test('a script with a shell in it is refused', () => {
  for (const script of ['node server.js && echo', 'node server.js | tee log', 'node $MAIN', 'node "my server.js"']) {
    expect(refusal(() => found(started(script)))).toBe(`shop/package.json: the start script must be one plain command, got ${script}; write \`node server.js\` with your own file, and put what runs before it on the \`release:\` line of a Procfile`);
  }
  expect(refusal(() => found(started('node --inspect')))).toMatch(/must name the file that node runs, got node --inspect; /);
});

test('a folder whose package.json only builds something does not speak for Node.js', () => {
  expect(sign({ 'package.json': json({ scripts: { build: 'vite build' } }) })).toBeUndefined();
  expect(sign({ 'package.json': 'not json' })).toBeUndefined();
  expect(sign(started('node server.js'))).toBe('package.json with a start script');
});

test('an application without a lock is refused with the command that makes it', () => {
  const path = application(started('node server.js'));
  const build = (source: string) => refusal(() => builder.build({ source, where: 'shop' } as never));
  expect(build(path)).toBe('shop: dependencies must be locked in package-lock.json, got none; run `npm install --package-lock-only`');
});

test('the file that node runs is found as node finds it', () => {
  const release = application({ 'app/package.json': '{"main": "dist/main.js"}', 'app/package-lock.json': '{}', 'app/dist/main.js': '', 'app/web/index.js': '' });
  const build = (serves: string) => builder.build({ source: join(release, 'app'), release, where: 'shop', recognition: { serves, recognised: '' } } as never);
  for (const serves of ['dist/main.js', 'dist/main', 'web', '.', '-r dotenv/config dist/main --quiet']) {
    build(serves);
    expect(gateway.serves.pattern.test(serves), serves).toBe(true);
  }
  expect(refusal(() => build('src/main.js'))).toBe('shop: the file that node runs must be there, got no src/main.js; correct the start script');
  expect(gateway.serves.pattern.test('--inspect')).toBe(false);
});

test('there is a worker a core, as many as memory feeds, and their heaps fit beside each other twice', () => {
  const machine = (cores: number, mib: number) => ({ cores, memoryBytes: mib * 2 ** 20 });
  expect(size(machine(2, 2048))).toEqual({ workers: 2, threads: 100 });
  expect(size(machine(8, 16384)).workers).toBe(8);
  expect(size(machine(8, 1024)).workers).toBe(2);
  expect(size(machine(1, 384)).workers).toBe(1);
  for (const [cores, mib] of [[1, 1024], [2, 2048], [8, 4096], [8, 16384]] as const) {
    expect(2 * size(machine(cores, mib)).workers * (heap(machine(cores, mib)) + 64) + 288).toBeLessThanOrEqual(mib);
  }
});
