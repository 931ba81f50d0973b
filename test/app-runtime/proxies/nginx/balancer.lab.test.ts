import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { shapes } from '../../machine.js';
import { AppServer, Fleet, underLoad } from './fleet.js';

let servers: AppServer[];
let fleet: Fleet;
const [one, two, three, four] = [0, 1, 2, 3].map((index) => () => servers[index]!) as [() => AppServer, () => AppServer, () => AppServer, () => AppServer];
const context = { ...shapes['balancer-django'], settings: { ...shapes['balancer-django'].settings, https: false, network: '127.0.0.0/8' } };

beforeAll(async () => {
  servers = await Promise.all(['one', 'two', 'three', 'four'].map((name) => AppServer.start(name)));
  fleet = await Fleet.start(context, [servers[0]!]);
});
beforeEach(async () => {
  for (const server of servers) { server.mode = 'well'; server.asked.length = 0; }
});
afterAll(async () => {
  await fleet.end();
  await Promise.all(servers.map((server) => server.kill()));
});
const statuses = async (count: number, how: Parameters<Fleet['ask']>[0] = {}) => (await Promise.all(Array.from({ length: count }, () => fleet.ask(how)))).map(({ status }) => status);

test('servers join and leave under load, and no request is lost or asked twice', async () => {
  const load = await underLoad(fleet, async () => {
    await fleet.use([one(), two()]);
    await fleet.use([one(), two(), three(), four()]);
    await pause(300);
    await fleet.use([three(), four()]);
    await fleet.use([four()]);
    await fleet.use([one(), two()]);
  });
  expect(load.lost).toEqual([]);
  expect([...load.by.keys()].sort()).toEqual(['four', 'one', 'three', 'two']);
  const asked = servers.flatMap((server) => server.asked);
  expect(asked.length).toBe(load.answered);
  expect(new Set(asked).size).toBe(asked.length);
});

test('a server that takes no connection costs no request, not even one that stores', async () => {
  const gone = await AppServer.start('gone');
  await gone.kill();
  await fleet.use([one(), gone]);
  const load = await underLoad(fleet, () => pause(500));
  expect(load.lost).toEqual([]);
  expect(Object.keys((await fleet.stats()).ejected)).toEqual([gone.address]);
});

test('a killed server costs what it was storing, and nothing after that', async () => {
  const mortal = await AppServer.start('mortal');
  await fleet.use([one(), mortal]);
  const load = await underLoad(fleet, async () => {
    await pause(300);
    await mortal.kill();
    await pause(700);
  });
  expect(load.by.get('mortal')).toBeGreaterThan(10);
  expect(load.lost.filter(({ method }) => method === 'GET')).toEqual([]);
  expect(load.lost.length).toBeLessThanOrEqual(16);
  expect(load.lost.filter(({ at }) => at > 400)).toEqual([]);
});

test('a server that fails fast is ejected, and draws no more than its share', async () => {
  await fleet.use([two(), three(), four()]);
  const load = await underLoad(fleet, async () => {
    await pause(200);
    four().mode = 'fails';
    await pause(1000);
  });
  expect(load.lost.length).toBeGreaterThan(0);
  expect(load.lost.length).toBeLessThanOrEqual(30);
  expect(load.lost.filter(({ at }) => at > 700)).toEqual([]);
  expect(Object.keys((await fleet.stats()).ejected)).toEqual([four().address]);
  expect(fleet.log).toContain('it fails where others do not');
});

test('where all fail, none is ejected: it is nothing of theirs', async () => {
  await fleet.use([one(), two()]);
  one().mode = two().mode = 'fails';
  expect(new Set(await statuses(60))).toEqual(new Set([500]));
  expect((await fleet.stats()).ejected).toEqual({});
  expect(one().asked.length).toBeGreaterThan(10);
  expect(two().asked.length).toBeGreaterThan(10);
});

test('a reload under load loses no request, because no connection of a visitor is kept meanwhile', async () => {
  await fleet.use([one(), two()]);
  const load = await underLoad(fleet, async () => {
    for (let turn = 0; turn < 3; turn++) {
      await fleet.use([one(), two()], true);
      await pause(200);
      await fleet.reload();
      await fleet.use([one(), two()]);
    }
  });
  expect(load.lost).toEqual([]);
  expect(load.answered).toBeGreaterThan(500);
});

