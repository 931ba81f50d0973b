import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { type LastWords, pack } from '../../app-runtime/last-words.js';
import { inLab, told } from '../../bin/why.js';
import { freePort } from '../app-runtime/ground.js';

const words: LastWords = {
  instance: 'i-0f0d98dd23e2cbd90', at: '2026-11-24T23:14:47.057Z', release: '46788a0b97c1'.padEnd(64, 'e'), step: 'start',
  error: 'start: the application must start, got exit code 3; correct it and deploy again', cause: 'RuntimeError: the warehouse is on fire (wsgi.py:4)', serves: 'release 2a46da7d3d28',
  log: ['[ERROR] Exception in worker process (3 times)', 'Traceback (most recent call last):', '  File "app/wsgi.py", line 4, in <module>', "    raise RuntimeError('the warehouse is on fire')", 'RuntimeError: the warehouse is on fire'],
};

test('a person reads which machine, which step, why, what still serves, and the traceback last', () => {
  expect(told('single-node', words)).toBe(`\
single-node: i-0f0d98dd23e2cbd90 refused release 46788a0b97c1 at step start, 2026-11-24T23:14:47Z
  RuntimeError: the warehouse is on fire (wsgi.py:4)
  start: the application must start, got exit code 3; correct it and deploy again
  last readiness answer: none
  what serves: release 2a46da7d3d28
  the whole log: aws ssm start-session --target i-0f0d98dd23e2cbd90, there sudo journalctl -u 'app-*'
  the last log lines:
    [ERROR] Exception in worker process (3 times)
    Traceback (most recent call last):
      File "app/wsgi.py", line 4, in <module>
        raise RuntimeError('the warehouse is on fire')
    RuntimeError: the warehouse is on fire`);
});

test('the last readiness answer is told where there was one', () => {
  expect(told('shop', { ...words, readiness: '500 Server Error' })).toContain('\n  last readiness answer: 500 Server Error\n');
});

test('in a lab the whole log is the lab\'s to show', () => {
  expect(told('shop', words, inLab('default'))).toContain('\n  the whole log: npm run lab -- logs i-0f0d98dd23e2cbd90\n');
  expect(told('shop', words, inLab('other'))).toContain('\n  the whole log: npm run lab -- --name other logs i-0f0d98dd23e2cbd90\n');
});

test('a machine that failed before it knew its release tells what it can', () => {
  const { cause, ...rest } = words;
  expect(told('shop', { ...rest, release: '', step: 'packages', at: '2026-11-24T12:00:00Z', error: 'boot.sh: step packages must succeed, got a failure on line 36; deploy again', serves: 'nothing', log: ['E: no\x1b[31m route', '', ''] })).toBe(`\
shop: i-0f0d98dd23e2cbd90 failed at step packages, 2026-11-24T12:00:00Z
  boot.sh: step packages must succeed, got a failure on line 36; deploy again
  what serves: nothing
  the whole log: aws ssm start-session --target i-0f0d98dd23e2cbd90, there sudo journalctl
  the last log lines:
    E: no route`);
  expect(told('shop', { ...words, log: [''] }).split('\n').at(-1)).toBe('  the last log lines: none');
});

test('a deployment none of whose machines failed has nothing to tell', () => {
  expect(told('shop', undefined)).toBe('shop: no step has failed: none of its machines in this region has left last words');
});

/** What `npm run why` runs, with a person's credentials unless the test says others. */
async function why(args: readonly string[], env: Record<string, string>) {
  const { PATH, HOME } = process.env;
  const own = { PATH, HOME, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_EC2_METADATA_DISABLED: 'true', AWS_MAX_ATTEMPTS: '1' };
  const child = spawn('node', ['--import', 'tsx', 'bin/why.ts', ...args], { env: { ...own, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

const PERSON = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'a-person', AWS_SECRET_ACCESS_KEY: 'secret' };

/** A region that holds one parameter's value, or answers with an error. */
async function region(status: number, body: object): Promise<{ AWS_ENDPOINT_URL: string; asked: () => unknown }> {
  let asked: unknown;
  const server = createServer((request, response) => void text(request).then((question) => {
    asked = JSON.parse(question);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  }));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => { server.close(); });
  return { AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked };
}

test('the command asks for the deployment that is named, and tells its last words, for a program too', async () => {
  const { asked, ...at } = await region(200, { Parameter: { Value: pack(words) } });
  expect(await why(['shop'], { ...PERSON, ...at })).toEqual({ code: 0, stdout: `${told('shop', words)}\n`, stderr: '' });
  expect(asked()).toEqual({ Name: '/paddock/shop/last-words', WithDecryption: true });
  const { stdout } = await why(['shop', '--json'], { ...PERSON, ...at });
  expect(JSON.parse(stdout)).toEqual(words);
});

test('the command says so when no step ever failed, for a program too', async () => {
  const { asked, ...at } = await region(400, { __type: 'ParameterNotFound' });
  expect(await why([], { ...PERSON, ...at })).toEqual({ code: 0, stdout: `${told('single-node', undefined)}\n`, stderr: '' });
  expect(asked()).toMatchObject({ Name: '/paddock/single-node/last-words' });
  expect((await why(['--json'], { ...PERSON, ...at })).stdout).toBe('null\n');
});

test.each<[string, () => Promise<Record<string, string>>, RegExp]>([
  ['no region', async () => ({ AWS_ACCESS_KEY_ID: 'a-person', AWS_SECRET_ACCESS_KEY: 'secret' }), /^why: the deployment's region must be known, got Region is missing; set AWS_REGION, /],
  ['no credentials', async () => ({ AWS_REGION: 'eu-central-1', AWS_PROFILE: 'nobody' }), /^why: AWS must be reachable with your credentials, got Could not .*; set AWS_PROFILE, or start the lab with npm start$/],
  ['nobody listening', async () => ({ ...PERSON, AWS_ENDPOINT_URL: `http://127.0.0.1:${await freePort()}` }), /^why: AWS must be reachable with your credentials, got connect ECONNREFUSED .*; set AWS_PROFILE, /],
  ['no rights', async () => {
    const { asked, ...at } = await region(400, { __type: 'AccessDeniedException', message: 'User ada is not authorized to perform: ssm:GetParameter' });
    return { ...PERSON, ...at };
  }, /^why: your credentials must allow ssm:GetParameter, got User ada is not authorized to perform: ssm:GetParameter; allow it, or set AWS_PROFILE to another profile$/],
])('with %s the command is one line that names what to set', async (_, env, line) => {
  const { code, stdout, stderr } = await why([], await env());
  expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(line)]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});

test('the region may be named as every other AWS tool reads it', async () => {
  const { asked, ...at } = await region(400, { __type: 'ParameterNotFound' });
  const { AWS_REGION, ...nowhere } = PERSON;
  expect((await why([], { ...nowhere, ...at, AWS_DEFAULT_REGION: AWS_REGION })).code).toBe(0);
});

test('an option that it does not know is refused', async () => {
  expect(await why(['shop', '--yaml'], PERSON)).toEqual({ code: 1, stdout: '', stderr: 'why: there must be one deployment, and no option but --json, got shop --yaml; leave the rest out\n' });
});
