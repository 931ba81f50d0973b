import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { certificatePaths } from '../certificate.js';
import type { InventoryItem } from '../inventory.js';
import { existingLab } from '../lab.js';
import { AFleet } from './a-fleet.js';
import { askOnce, FLEET, Load, type Place } from './load.js';
import { nothingLost } from './nothing-lost.js';
import { eventually } from './stage.js';

const HOST = 'shop.example.com';
/** More requests at once than 2 servers have threads, each of which holds one for so long, in seconds. */
const VISITORS = 100;
const HELD = 4;
/** When a server that is taken back must be gone, in seconds: EC2 gives it 120. */
const EMPTY = 90;

const fleet = new AFleet('nginx', ['-c', `domains=${HOST}`, '-c', 'spotShare=50', '-c', 'update=rollingUpdate', '-c', 'egress=none']);
const { stage } = fleet;
let certificate: string;
let place: Place;
let load: Load;

beforeAll(() => fleet.up());
afterAll(() => fleet.down());

describe('split-tier with a certificate, spot servers, rolling updates and no way out', () => {
  test('serves by TLS, and sends there who comes by plain HTTP', async () => {
    certificate = (await stage.call('acm', 'CertificateManager.RequestCertificate', { DomainName: HOST }))['CertificateArn'] as string;
    const { code, text, lastLine } = await fleet.deploy('v1', {}, 0, '-c', `certificate=${certificate}`);
    expect(code, text).toBe(0);
    expect(lastLine).toBe(`https://${HOST}/`);
    const plain = await fleet.place();
    place = { ...plain, port: 443, host: HOST, authority: readFileSync(certificatePaths(existingLab(stage.name)).authority, 'utf8') };
    await eventually(20, () => askOnce(place, '/'), ({ release }) => release === 'v1');
    const [answer] = await once(get({ host: plain.address, path: '/page?of=1', headers: { host: HOST } }), 'response') as [IncomingMessage];
    expect([answer.resume().statusCode, answer.headers.location]).toEqual([308, `https://${HOST}/page?of=1`]);
  });

  test('has machines that boot and serve where nothing but AWS can be reached', async () => {
    for (const { id } of [...await fleet.machines('balancer'), ...await fleet.machines('app-server')]) {
      expect(await stage.inMachine('curl -sS -m 3 -o /dev/null http://deb.debian.org/ 2>&1', id)).toMatch(/curl: \(28\)/);
    }
  });

  test('grows by itself when its threads are busy', async () => {
    let grown = false;
    const visitors = Array.from({ length: VISITORS }, async () => {
      while (!grown) expect((await askOnce(place, `/slow?seconds=${HELD}`)).fault).toBeUndefined();
    });
    const began = Date.now();
    await eventually(180, () => fleet.inService(), (servers) => servers.length > 2).finally(() => { grown = true; });
    fleet.tell('threads are busy', `a third server after ${((Date.now() - began) / 1000).toFixed(0)} s`);
    await Promise.all(visitors);
    await fleet.keepSize();
    await fleet.scale(2);
  });
});

describe('under load, with a certificate, spot servers and rolling updates', () => {
  beforeEach(async () => {
    await fleet.settled();
    load = new Load(place, FLEET);
  });
  afterEach(async () => { await load.end(); });

  test('a server that EC2 takes back is empty in time, and another has taken its place', async () => {
    const [server] = await fleet.inService() as [InventoryItem];
    const long = Promise.all(Array.from({ length: 8 }, () => askOnce(place, '/slow?seconds=25')));
    await new Promise((done) => setTimeout(done, 1_000));
    const noticed = Date.now();
    expect((await stage.run('spot-notice', server.id)).code).toBe(0);
    await eventually(EMPTY, () => fleet.machines('app-server'), (all) => !all.some(({ id }) => id === server.id));
    const empty = (Date.now() - noticed) / 1000;
    expect((await long).map(({ fault }) => fault)).toEqual(Array.from({ length: 8 }, () => undefined));
    await fleet.size(2);
    fleet.tell('a spot notice', `empty and gone after ${empty.toFixed(0)} s, ${await nothingLost(fleet, load)}`);
  });

  test('a rolling update replaces a server at a time, and loses nothing', async () => {
    const began = Date.now();
    const { code, text } = await fleet.deploy('v2', {}, 0, '-c', `certificate=${certificate}`);
    expect(code, text).toBe(0);
    await fleet.answeredBy(load, 'v2');
    fleet.tell('a rolling update', await nothingLost(fleet, load, [{ to: 'v2', began }]));
  });
});
