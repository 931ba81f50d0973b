import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Credentials } from '../../../../app-runtime/agent/aws/metadata.js';
import { Session } from '../../../../app-runtime/agent/media/session.js';

const MINUTE = 60_000;
let taken: number;
let away: boolean;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  vi.spyOn(console, 'log').mockImplementation(() => {});
  [taken, away] = [0, false];
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const session = () => new Session(async (): Promise<Credentials> => {
  if (away) throw new Error('no answer');
  taken += 1;
  return { accessKeyId: `key-${taken}`, secretAccessKey: 's', sessionToken: 't', expires: Date.now() + 60 * MINUTE };
});
const keyOf = async (given: Session) => (await given.credentials()).accessKeyId;

test('a role is taken on once, however many ask', async () => {
  const given = session();
  expect(await Promise.all([keyOf(given), keyOf(given), keyOf(given)])).toEqual(['key-1', 'key-1', 'key-1']);
  expect(await keyOf(given)).toBe('key-1');
  expect(taken).toBe(1);
});

test('credentials are renewed half an hour before they end, and nobody waits for it', async () => {
  const given = session();
  await keyOf(given);
  vi.setSystemTime(31 * MINUTE);
  expect(await keyOf(given)).toBe('key-1');
  await vi.waitFor(async () => expect(await keyOf(given)).toBe('key-2'));
});

test('those that last are handed out while no new ones are to be had, and none that would end under a request', async () => {
  const given = session();
  await keyOf(given);
  away = true;
  vi.setSystemTime(54 * MINUTE);
  expect(await keyOf(given)).toBe('key-1');
  vi.setSystemTime(56 * MINUTE);
  await expect(given.credentials()).rejects.toThrow('no answer');
  away = false;
  expect(await keyOf(given)).toBe('key-2');
});
