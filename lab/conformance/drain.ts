/** Drain: whether a release that makes way answers what it has, and ends in time. */
import { Agent } from 'node:http';
import { cpus } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { gatewayNamed } from '../../app-runtime/gateways.js';
import { fleetTimeouts, timeouts } from '../../lib/timeouts.js';
import { eventually } from '../scenarios/stage.js';
import { ask, must } from './asking.js';
import { lossless } from './life.js';
import type { Subject } from './subject.js';

/** How long a request takes that is on its way when its release makes way, in milliseconds. */
const LONG = 12_000;

/** Such requests at once: as many as make it likely that each server has one whenever it leaves. */
const ON_THEIR_WAY = 12;

/** The page's own: seconds of a request, servers at the least, and the memory of each. */
const [BUDGET, SERVERS, MEMORY] = [30, 2, 2 * 2 ** 30];

export async function drain(site: Subject): Promise<string> {
  return site.topology === 'split-tier' ? ofServers(site) : ofSlot(site);
}

async function ofSlot(site: Subject): Promise<string> {
  const { unit } = await site.serving();
  const slow = ask(site, `/work?wait=${LONG}`, { agent: new Agent() });
  await pause(500);
  site.next();
  await site.deploy();
  const { status, parts } = await slow;
  must(status === 200 && parts[0]! > 0.9 * LONG, `a request of ${LONG} ms that began before the switch must be answered, and not before its time`, `${status} after ${parts[0]} ms`);
  const began = Date.now();
  await eventually(35, () => site.inMachine(`systemctl is-active ${unit} || true`), (said) => /inactive|failed/.test(said));
  const said = await site.inMachine(`systemctl show -p Result --value ${unit}`);
  must(/success/.test(said), 'the old release must end by itself', said);
  return `ended ${((Date.now() - began) / 1000).toFixed(0)} s after its last answer`;
}

/** Its servers go one after another while a deploy lasts, so that there must be such requests all the time; what a server says as it leaves is in its journal. */
async function ofServers(site: Subject): Promise<string> {
  const before = await site.machines();
  const { workers, threads } = gatewayNamed(site.gateway).size({ cores: cpus().length, memoryBytes: MEMORY });
  // Half of what the servers take at once: who is busy altogether is not asked about leaving.
  const connections = Math.min(ON_THEIR_WAY, Math.floor(workers * threads * SERVERS / 2));
  const visitors = site.visitors({ connections, every: LONG, requests: Infinity, path: () => `/work?wait=${LONG}` });
  site.next();
  await site.deploy().finally(() => visitors.end());
  lossless(visitors.asked);
  const old = visitors.asked[0]?.release;
  const successor = Math.min(...visitors.asked.filter(({ release }) => release !== old).map(({ began }) => began));
  const across = visitors.asked.filter(({ release, ended }) => release === old && ended > successor);
  must(across.length > 0, 'a request that began before the switch must be answered after it', visitors.asked);
  const times = visitors.asked.map(({ began, ended }) => ended - began);
  must(times.every((time) => time > 0.9 * LONG && time < 1.5 * LONG), `no request of ${LONG} ms may be cut short, or cut and asked again`, `one of ${Math.min(...times)} and one of ${Math.max(...times)} ms`);
  const { drain: most } = fleetTimeouts(timeouts(BUDGET));
  const seconds = await Promise.all(before.map(async ({ id }) => emptyAfter(await site.lastJournal(id, 2 * most))));
  must(seconds.every((each) => each <= most), `each server must be empty after ${most} s`, seconds);
  return `${visitors.asked.length} requests of ${LONG / 1000} s, 0 lost, ${across.length} of them over the switch; servers empty after ${seconds.map((each) => each.toFixed(0)).join(' and ')} s`;
}

function emptyAfter(journal: string): number {
  const [, seconds] = /"event":"was empty","seconds":([\d.]+)/.exec(journal) ?? [];
  const cut = /"event":"could not take a step to leave".*|cut \d+ requests.*/.exec(journal);
  must(seconds !== undefined && !cut, 'a server must leave when it is empty', cut?.[0] ?? journal.slice(-300));
  return Number(seconds);
}
