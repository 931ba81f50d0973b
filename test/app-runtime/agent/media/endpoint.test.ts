import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handOut } from '../../../../app-runtime/agent/media/endpoint.js';

const TOKEN = 'known-to-the-application';
let [server, url, away]: [Server | undefined, string, boolean] = [undefined, '', false];

beforeAll(async () => {
  server = await handOut({
    token: async () => TOKEN,
    credentials: async () => {
      if (away) throw new Error('media: the role must be there');
      return { accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'session', expires: Date.parse('2026-11-28T12:00:00Z') };
    },
  }, 0);
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => { server?.close(); });

const ask = async (path: string, authorization?: string, method = 'GET') => {
  const answer = await fetch(`${url}${path}`, { method, headers: authorization === undefined ? {} : { authorization } });
  return { status: answer.status, body: await answer.json() as Record<string, string> };
};

test('the application is handed what an SDK reads', async () => {
  expect(await ask('/credentials', TOKEN)).toEqual({ status: 200, body: { AccessKeyId: 'ASIA', SecretAccessKey: 'secret', Token: 'session', Expiration: '2026-11-28T12:00:00.000Z' } });
});

test.each([['no token', undefined], ['another token', 'known-to-nobody-at-all-24'], ['the start of the token', TOKEN.slice(0, -1)]])('who has %s is handed nothing', async (_, authorization) => {
  const { status, body } = await ask('/credentials', authorization);
  expect(status).toBe(403);
  expect(JSON.stringify(body)).not.toMatch(/ASIA|secret|session/);
});

test('another path, or another verb, is not there', async () => {
  expect((await ask('/', TOKEN)).status).toBe(404);
  expect((await ask('/credentials', TOKEN, 'PUT')).status).toBe(404);
});

test('an SDK is told when there are none, and asks again', async () => {
  away = true;
  expect(await ask('/credentials', TOKEN)).toEqual({ status: 503, body: { code: 'CredentialsUnavailable', message: 'media: the role must be there' } });
  away = false;
  expect((await ask('/credentials', TOKEN)).status).toBe(200);
});
