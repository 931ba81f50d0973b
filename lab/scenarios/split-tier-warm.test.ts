import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { InventoryItem } from '../inventory.js';
import { AFleet } from './a-fleet.js';
import { FLEET, Load, type Place } from './load.js';
import { nothingLost } from './nothing-lost.js';
import { eventually } from './stage.js';

const fleet = new AFleet('alb', ['-c', 'warmServers=1']);
let place: Place;
let load: Load;

const ready = async (): Promise<InventoryItem> => {
  const [server] = await eventually(120, async () => (await fleet.machines('app-server')).filter(({ lifecycle }) => lifecycle === 'Warmed:Stopped'), (warm) => warm.length === 1);
  return server!;
};
/** Servers that are not in the pool. */
const serving = async () => (await fleet.machines('app-server')).filter(({ lifecycle }) => !lifecycle?.startsWith('Warmed:'));
const size = (count: number) => eventually(120, serving, (servers) => servers.length === count && servers.every(({ lifecycle }) => lifecycle === 'InService'));

beforeAll(() => fleet.up());
afterAll(() => fleet.down());

describe('split-tier with servers that are kept ready', () => {
  beforeEach(async () => { if (place !== undefined) load = new Load(place, FLEET); });
  afterEach(async () => { await load?.end(); });

  test('makes one ready beside those that serve, and stops it', async () => {
    place = await fleet.begin();
    expect(await ready()).toMatchObject({ state: 'stopped' });
    expect(await serving()).toHaveLength(2);
  });

  test('grows by it, loses nothing, and makes the next one ready', async () => {
    const warm = await ready();
    const asked = Date.now();
    await fleet.scale(3);
    await fleet.answering(load, 3, asked);
    const after = (Date.now() - asked) / 1000;
    expect((await serving()).map(({ id }) => id)).toContain(warm.id);
    await size(3);
    expect((await ready()).id).not.toBe(warm.id);
    fleet.tell('a server that was kept ready', `answered visitors ${after.toFixed(1)} s after it was asked for, ${await nothingLost(fleet, load)}`);
  });

  test('has the next release in it after a deploy', async () => {
    const warm = await ready();
    const began = Date.now();
    const { code, text } = await fleet.deploy('v2');
    expect(code, text).toBe(0);
    await size(3);
    await fleet.answeredBy(load, 'v2');
    const next = await ready();
    expect(next.id).not.toBe(warm.id);
    await fleet.scale(4);
    await size(4);
    await fleet.answering(load, 4, Date.now());
    expect((await serving()).map(({ id }) => id)).toContain(next.id);
    fleet.tell('a release, and growing after it', `${await nothingLost(fleet, load, [{ to: 'v2', began }])}, 0 of neither release`);
  });

  test('grows by the clock, by the one that is ready, and loses nothing', async () => {
    const warm = await ready();
    await fleet.schedule(2, 5, 6);
    await size(5);
    await fleet.answering(load, 5, Date.now());
    expect((await serving()).map(({ id }) => id)).toContain(warm.id);
    fleet.tell('growing by the clock', await nothingLost(fleet, load));
  });
});
