import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Api } from '../api.js';
import type { InventoryItem } from '../inventory.js';
import { existingLab } from '../lab.js';
import { fleetSite, READINESS } from './fleet-site.js';
import { type Asked, askOnce, FLEET, Load, type Place, placeOf } from './load.js';
import { SlowClients } from './slow-clients.js';
import { eventually, type Said, Stage } from './stage.js';
import { Store } from './store.js';
import { longest, serversSeen, troubles } from './troubles.js';
import { verdict } from './verdict.js';

/** How often what comes and goes does so, and how long faults last: `ROUNDS=3 SLOW=5000 OUTAGE=300` is the long rehearsal. */
const ROUNDS = Number(process.env.ROUNDS ?? 1);
const SLOW = Number(process.env.SLOW ?? 1000);
const OUTAGE = Number(process.env.OUTAGE ?? 40);

const SETTINGS = [...READINESS, '-c', 'startTime=20', '-c', 'minServers=2', '-c', 'maxServers=6', '-c', 'deletionProtection=false'];

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

/** What must hold of split-tier, whichever balancer stands in front. */
export function fleetScenarios(balancer: 'nginx' | 'alb'): void {
  const stage = new Stage();
  let store: Store;
  let place: Place;
  let load: Load;
  let serves = 'v1';

  /** @param bakeTime seconds; 0 watches nothing, and so does not wait for as long as alarms need to tell anything */
  const deploy = (version: string, difference = {}, bakeTime = 0): Promise<Said> =>
    stage.run('deploy', 'split-tier', '-c', `balancer=${balancer}`, '-c', `application=${stage.application(version, 'wsgi', fleetSite(version, store.place, difference))}`, '-c', `bakeTime=${bakeTime}`, ...SETTINGS);
  const machines = async (role: string): Promise<InventoryItem[]> => (await stage.inventory()).machines.filter((machine) => machine.role === role);
  const inService = async (): Promise<InventoryItem[]> => (await machines('app-server')).filter(({ lifecycle }) => lifecycle === 'InService');
  const size = (count: number, seconds = 120) => eventually(seconds, async () => [await machines('app-server'), await inService()], ([all, well]) => all!.length === count && well!.length === count);
  /** What the test before broke is whole again. */
  const settled = async () => {
    await size(2, 240);
    const whole = ({ lifecycle, health }: InventoryItem) => lifecycle === 'InService' && Object.values(health).every((state) => state === 'healthy');
    await eventually(240, () => machines('balancer'), (all) => all.length === (balancer === 'nginx' ? 2 : 0) && all.every(whole));
  };
  const answering = (count: number, since: number, seconds = 60) =>
    eventually(seconds, async () => Object.keys(serversSeen(load.asked.filter(({ began }) => began >= since))), (servers) => servers.length === count);
  /** Ends the load, and judges it with what was stored. */
  const judged = async (to = serves, began = 0) => {
    const asked = await load.end();
    const switches = to === serves ? [] : [{ to, asked: began, began, ended: Date.now() }];
    return { asked, ...verdict(asked, serves, switches, store.stored(load.mark)) };
  };
  const nothingLost = async () => {
    const { lost, doubled, wrong, faults, requests } = await judged();
    expect({ lost, doubled, wrong, faults }, `of ${requests} requests`).toEqual({ lost: 0, doubled: 0, wrong: 0, faults: {} });
  };
  const hostOf = ({ privateAddress }: InventoryItem) => `ip-${privateAddress.replaceAll('.', '-')}`;

  beforeAll(async () => {
    await stage.run('up');
    store = await Store.open(existingLab(stage.name).host);
  });
  afterAll(async () => {
    await store?.close();
    await stage.down();
  });

  describe(`split-tier with ${balancer}`, () => {
    test('serves after a deploy', async () => {
      const { code, lastLine, text } = await deploy('v1');
      expect(code, text).toBe(0);
      place = placeOf(lastLine);
      // Who is idle shrinks by itself: here only the scenario says how many there are.
      await new Api({ url: existingLab(stage.name).endpoint }).query('autoscaling', 'SuspendProcesses', { 'AutoScalingGroupName': 'split-tier-app-servers', 'ScalingProcesses.member.1': 'AlarmNotification' });
      await eventually(20, () => askOnce(place, '/'), ({ release }) => release === 'v1');
      expect((await inService()).map(({ zone }) => zone).sort()).toHaveLength(2);
      expect(new Set((await inService()).map(({ zone }) => zone)).size).toBe(2);
    });
  });

  describe(`under load, with ${balancer}`, () => {
    beforeEach(async () => {
      await settled();
      load = new Load(place, FLEET);
    });
    afterEach(async () => { await load.end(); });

    test('grows and shrinks, loses nothing, and a long request finishes', async () => {
      for (let round = 0; round < ROUNDS; round++) {
        expect((await stage.run('scale', 'app-server', '4')).code).toBe(0);
        await size(4);
        await answering(4, Date.now());
        const long = Promise.all(Array.from({ length: 8 }, () => askOnce(place, '/slow?seconds=25')));
        await new Promise((done) => setTimeout(done, 1_000));
        expect((await stage.run('scale', 'app-server', '2')).code).toBe(0);
        expect((await long).map(({ fault }) => fault)).toEqual(Array.from({ length: 8 }, () => undefined));
        await size(2);
      }
      await nothingLost();
    });

    test('takes a release while it grows', async () => {
      const began = Date.now();
      const least = leastInService(inService);
      const deployed = deploy('v2');
      await eventually(120, () => machines('app-server'), (all) => all.length > 2);
      await stage.run('scale', 'app-server', '3');
      const { code, text } = await deployed;
      expect(code, text).toBe(0);
      await size(3);
      const since = Date.now();
      await eventually(60, async () => load.asked.filter(({ began }) => began > since), (asked) => asked.length > 100 && asked.slice(-100).every(({ release }) => release === 'v2'));
      const { lost, doubled, wrong, faults } = await judged('v2', began);
      expect({ lost, doubled, wrong, faults }).toEqual({ lost: 0, doubled: 0, wrong: 0, faults: {} });
      expect(await least()).toBeGreaterThanOrEqual(2);
      serves = 'v2';
      await stage.run('scale', 'app-server', '2');
      await size(2);
    });

    test('stops a release that cannot start at the first server', async () => {
      const before = (await inService()).map(({ id }) => id).sort();
      const { code, text } = await deploy('v3', { starts: false }, 10);
      expect(code).toBe(1);
      expect(text).toContain('the warehouse is on fire');
      await size(2);
      expect((await inService()).map(({ id }) => id).sort()).toEqual(before);
      await nothingLost();
    });

    test('takes back a release that fails once it is in front of visitors', async () => {
      const failing = eventually(300, async () => load.asked.some(({ release }) => release === 'v4'), Boolean).then(() => store.behave('v4', 'fails'));
      const { code, text } = await deploy('v4', {}, 10);
      await failing;
      expect(code, text).toBe(1);
      await size(2);
      const since = Date.now();
      await eventually(30, async () => load.asked.filter(({ began }) => began > since).length, (count) => count > 100);
      const after = load.asked.filter(({ began }) => began > since);
      expect(after.filter(({ fault, release }) => fault !== undefined || release !== serves)).toEqual([]);
    });

    for (const [what, hurt] of [
      ['is killed', async ({ id }: InventoryItem) => { await stage.run('kill', id); }],
      ['hangs', async ({ id }: InventoryItem) => { await stage.run('pause', id); }],
      ['answers 500 at once', async (server: InventoryItem) => { store.behave(hostOf(server), 'sick'); }],
    ] as const) {
      test(`gets over a server that ${what}, and replaces it`, async () => {
        const [server] = await inService() as [InventoryItem];
        await hurt(server);
        await eventually(180, () => inService(), (well) => well.length === 2 && !well.some(({ id }) => id === server.id));
        const asked = await load.end();
        // What hangs cannot say that it has left: its group would wait until the time of its hook is up.
        if (what === 'hangs') await stage.run('resume', server.id);
        expect(longest(troubles(asked)), JSON.stringify(troubles(asked))).toBeLessThanOrEqual(NOTICED[balancer]);
      });
    }

    test('goes on while the AWS API is away, and replaces nobody', async () => {
      const before = (await machines('app-server')).map(({ id }) => id).sort();
      await stage.run('outage', String(OUTAGE));
      await new Promise((done) => setTimeout(done, OUTAGE * 1000 + 5_000));
      expect((await machines('app-server')).map(({ id }) => id).sort()).toEqual(before);
      await nothingLost();
    });

    test(`serves others while ${SLOW} slow clients are there`, async () => {
      const slow = SlowClients.start(place, SLOW);
      await eventually(60, async () => slow.seen.made, (made) => made >= SLOW * 0.99);
      const since = Date.now();
      await new Promise((done) => setTimeout(done, 15_000));
      await slow.end();
      const asked = (await load.end()).filter(({ began }) => began >= since);
      expect(share(asked)).toBeGreaterThanOrEqual(0.999);
    });

    test('gets over a zone that is cut off', async () => {
      const [server] = await inService() as [InventoryItem];
      await stage.run('partition', server.zone);
      await new Promise((done) => setTimeout(done, 25_000));
      await stage.run('partition', server.zone, '--heal');
      const asked = await load.end();
      expect(longest(troubles(asked)), JSON.stringify(troubles(asked))).toBeLessThanOrEqual(PASSED_OVER);
      await eventually(180, inService, (well) => well.length === 2);
    });

    if (balancer === 'nginx') test('gets over a balancer that is killed, and replaces it', async () => {
      const [dead] = await machines('balancer') as [InventoryItem];
      await stage.run('kill', dead.id);
      await eventually(180, () => machines('balancer'), (all) => all.length === 2 && all.every(({ id, lifecycle }) => id !== dead.id && lifecycle === 'InService'));
      const asked = await load.end();
      expect(longest(troubles(asked)), JSON.stringify(troubles(asked))).toBeLessThanOrEqual(PASSED_OVER);
    });
  });
}

/** Looks again and again how many are in service, and tells the fewest there were. */
function leastInService(look: () => Promise<readonly unknown[]>): () => Promise<number> {
  let [least, going] = [Infinity, true];
  const looking = (async () => {
    for (; going; await new Promise((done) => setTimeout(done, 1_000))) least = Math.min(least, (await look().catch(() => Array(99))).length);
  })();
  return async () => {
    going = false;
    await looking;
    return least;
  };
}

/** Part of the requests that were answered well. */
function share(asked: readonly Asked[]): number {
  return asked.filter(({ fault }) => fault === undefined).length / asked.length;
}
