import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { InventoryItem } from '../inventory.js';
import { AFleet } from './a-fleet.js';
import { askOnce, FLEET, Load, type Place } from './load.js';
import { nothingLost } from './nothing-lost.js';
import { SlowClients } from './slow-clients.js';
import { eventually } from './stage.js';
import { longest, serversSeen, shareOfGood, troubles } from './troubles.js';

/** How much of each there is. `LONG=1` is the long rehearsal, of an hour for each balancer; the short one is part of every test run. */
const { rounds, size, releases, outage, slowClients } = process.env.LONG === undefined
  ? { rounds: 1, size: 4, releases: 1, outage: 40, slowClients: 1000 }
  : { rounds: 3, size: 6, releases: 20, outage: 300, slowClients: 5000 };

/**
 * When a server that fails draws no request any more, in seconds; those that were with it are told so when their time is up. An ALB asks its
 * targets every 5 s at the most, and believes the second answer. Source: its user guide, health checks.
 */
const NOTICED = { nginx: 3, alb: 15 };

/**
 * When a balancer, or a zone, that is gone draws no connection any more, in seconds. Either kind of load balancer asks each 5 s at the most,
 * waits 2 s for an answer, and believes the second failure; the last request that it misled may begin right then.
 */
const PASSED_OVER = 5 + 5 + 2 + 1;

/** What must hold of split-tier, whichever balancer stands in front. @param settings as for `AFleet` */
export function fleetScenarios(balancer: 'nginx' | 'alb', ...settings: readonly string[]): void {
  const fleet = new AFleet(balancer, settings);
  const { stage } = fleet;
  let place: Place;
  let load: Load;

  const inService = () => fleet.inService();
  /** For how long visitors had no good answer. */
  const trouble = async (what: string, most: number) => {
    const seen = troubles(await load.end());
    fleet.tell(what, `errors for ${longest(seen).toFixed(1)} s`);
    expect(longest(seen), JSON.stringify(seen)).toBeLessThanOrEqual(most);
  };
  const hostOf = ({ privateAddress }: InventoryItem) => `ip-${privateAddress.replaceAll('.', '-')}`;

  beforeAll(() => fleet.up());
  afterAll(() => fleet.down());

  describe(`split-tier with ${balancer}`, () => {
    test('serves after a deploy', async () => {
      place = await fleet.begin();
      expect((await inService()).map(({ zone }) => zone).sort()).toHaveLength(2);
      expect(new Set((await inService()).map(({ zone }) => zone)).size).toBe(2);
    });
  });

  describe(`under load, with ${balancer}`, () => {
    beforeEach(async () => {
      await fleet.settled();
      load = new Load(place, FLEET);
    });
    afterEach(async () => { await load.end(); });

    test('grows and shrinks, loses nothing, and a long request finishes', async () => {
      const joined: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const old = new Set((await fleet.machines('app-server')).map(hostOf));
        const asked = Date.now();
        await fleet.scale(size);
        await fleet.size(size);
        await fleet.answering(load, size, asked);
        joined.push(...Object.entries(serversSeen(load.asked.filter(({ began }) => began >= asked))).flatMap(([host, { first }]) => (old.has(host) ? [] : first - asked)));
        const long = Promise.all(Array.from({ length: 8 }, () => askOnce(place, '/slow?seconds=25')));
        await new Promise((done) => setTimeout(done, 1_000));
        await fleet.scale(2);
        expect((await long).map(({ fault }) => fault)).toEqual(Array.from({ length: 8 }, () => undefined));
        await fleet.size(2);
      }
      fleet.tell(`${rounds} × 2 → ${size} → 2 servers`, `${await nothingLost(fleet, load)}; a new server answered visitors ${Math.max(...joined) / 1000} s after it was asked for, at most`);
    });

    test('takes a release while it grows', async () => {
      const began = Date.now();
      const least = fleet.fewest();
      const deployed = fleet.deploy('v2');
      await eventually(120, () => fleet.machines('app-server'), (all) => all.length > 2);
      await fleet.scale(3);
      const { code, text } = await deployed;
      expect(code, text).toBe(0);
      await fleet.size(3);
      await fleet.answeredBy(load, 'v2');
      const said = await nothingLost(fleet, load, [{ to: 'v2', began }]);
      expect(await least()).toBeGreaterThanOrEqual(2);
      fleet.tell('a release, and growing in the middle of it', `${said}, 0 of neither release; never fewer than ${await least()} in service`);
      await fleet.scale(2);
      await fleet.size(2);
    });

    if (releases > 1) test(`takes ${releases - 1} releases more`, async () => {
      const switches: { to: string; began: number; ended: number }[] = [];
      for (const to of Array.from({ length: releases - 1 }, (_, index) => `v2.${index + 1}`)) {
        const began = Date.now();
        const { code, text } = await fleet.deploy(to);
        expect(code, text).toBe(0);
        await fleet.size(2);
        await fleet.answeredBy(load, to);
        switches.push({ to, began, ended: Date.now() });
      }
      fleet.tell(`${switches.length} releases more`, `${await nothingLost(fleet, load, switches)}, 0 of neither release`);
    }, releases * 180_000);

    test('stops a release that cannot start at the first server', async () => {
      const before = (await inService()).map(({ id }) => id).sort();
      const { code, text } = await fleet.deploy('v3', { starts: false }, 10);
      expect(code).toBe(1);
      expect(text).toContain('the warehouse is on fire');
      await fleet.size(2);
      expect((await inService()).map(({ id }) => id).sort()).toEqual(before);
      await nothingLost(fleet, load);
    });

    // Whatever stands in front: a machine that has no agent says so itself.
    if (balancer === 'nginx') test('stops a release at the first server that cannot boot', async () => {
      const before = (await inService()).map(({ id }) => id).sort();
      const deployed = fleet.deploy('v3.1', {}, 10);
      await eventually(120, () => fleet.machines('app-server'), (all) => all.length > 2);
      const { code, text } = await fleet.withoutAgent(() => deployed);
      expect(code).toBe(1);
      expect(text).toContain('step agent-download must succeed');
      await fleet.size(2);
      expect((await inService()).map(({ id }) => id).sort()).toEqual(before);
      await nothingLost(fleet, load);
    });

    test('takes back a release that fails once it is in front of visitors', async () => {
      const failing = eventually(300, async () => load.asked.some(({ release }) => release === 'v4'), Boolean).then(() => fleet.store.behave('v4', 'fails'));
      const { code, text } = await fleet.deploy('v4', {}, 10);
      await failing;
      expect(code, text).toBe(1);
      await fleet.size(2);
      const since = Date.now();
      await eventually(30, async () => load.asked.filter(({ began }) => began > since).length, (count) => count > 100);
      const after = load.asked.filter(({ began }) => began > since);
      expect(after.filter(({ fault, release }) => fault !== undefined || release !== fleet.serves)).toEqual([]);
    });

    for (const [what, hurt] of [
      ['is killed', async ({ id }: InventoryItem) => { await stage.run('kill', id); }],
      ['hangs', async ({ id }: InventoryItem) => { await stage.run('pause', id); }],
      ['answers 500 at once', async (server: InventoryItem) => { fleet.store.behave(hostOf(server), 'sick'); }],
    ] as const) {
      test(`gets over a server that ${what}, and replaces it`, async () => {
        const [server] = await inService() as [InventoryItem];
        await hurt(server);
        await eventually(180, () => inService(), (well) => well.length === 2 && !well.some(({ id }) => id === server.id));
        await load.end();
        // What hangs cannot say that it has left: its group would wait until the time of its hook is up.
        if (what === 'hangs') await stage.run('resume', server.id);
        await trouble(`a server ${what}`, NOTICED[balancer]);
      });
    }

    test('goes on while the AWS API is away, and replaces nobody', async () => {
      const before = (await fleet.machines('app-server')).map(({ id }) => id).sort();
      await stage.run('outage', String(outage));
      await new Promise((done) => setTimeout(done, outage * 1000 + 5_000));
      expect((await fleet.machines('app-server')).map(({ id }) => id).sort()).toEqual(before);
      fleet.tell(`the AWS API is away for ${outage} s`, `${await nothingLost(fleet, load)}, nobody replaced`);
    });

    test(`serves others while ${slowClients} slow clients are there`, async () => {
      const slow = SlowClients.start(place, slowClients);
      await eventually(60, async () => slow.seen.made, (made) => made >= slowClients * 0.99);
      const since = Date.now();
      await new Promise((done) => setTimeout(done, 15_000));
      await slow.end();
      const asked = (await load.end()).filter(({ began }) => began >= since);
      fleet.tell(`${slowClients} slow clients`, `${(shareOfGood(asked) * 100).toFixed(2)} % of ${asked.length} requests of others answered well`);
      expect(shareOfGood(asked)).toBeGreaterThanOrEqual(0.999);
    });

    test('gets over a zone that is cut off', async () => {
      const [server] = await inService() as [InventoryItem];
      await stage.run('partition', server.zone);
      await new Promise((done) => setTimeout(done, 25_000));
      await stage.run('partition', server.zone, '--heal');
      await trouble('a zone is cut off', PASSED_OVER);
      await eventually(180, inService, (well) => well.length === 2);
    });

    if (balancer === 'nginx') test('gets over a balancer that is killed, and replaces it', async () => {
      const [dead] = await fleet.machines('balancer') as [InventoryItem];
      await stage.run('kill', dead.id);
      await eventually(180, () => fleet.machines('balancer'), (all) => all.length === 2 && all.every(({ id, lifecycle }) => id !== dead.id && lifecycle === 'InService'));
      await trouble('a balancer is killed', PASSED_OVER);
    });
  });
}
