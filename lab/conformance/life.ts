/** Life: what becomes of a site when its processes die, and when a release takes over. */
import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { Load, placeOf } from '../scenarios/load.js';
import { eventually } from '../scenarios/stage.js';
import { ask, good, must } from './asking.js';
import type { Extent } from './promises.js';
import type { Told } from './requests.js';
import type { Subject } from './subject.js';

/** What a unit of the application may expose at the most, by systemd's own count from 0 to 10. */
export const EXPOSED = 1.2;

export async function log(site: Subject): Promise<void> {
  const { headers } = JSON.parse((await good(site, '/request')).body) as Told;
  const id = headers['x-request-id']!;
  const lines = await eventually(10, () => site.journal(id), (found) => found.length >= 2);
  const events = lines.map((line) => (JSON.parse(line) as { event: string }).event).sort();
  must(events.join() === 'answered request,asked', 'proxy and application must each say one line of JSON with the request\'s id', lines);
}

export async function workerKilled(site: Subject): Promise<string> {
  const before = await site.workers();
  await site.inMachine(`kill -9 ${before[0]}`);
  const began = Date.now();
  await eventually(15, () => good(site, '/'), () => true);
  // A worker of some gateways shows itself with a request.
  await eventually(15, async () => { await good(site, '/'); return site.workers(); }, (now) => now.length === before.length && !now.includes(before[0]!));
  return `${before.length} again after ${((Date.now() - began) / 1000).toFixed(0)} s`;
}

export async function appKilled(site: Subject): Promise<string> {
  const { unit, main } = await site.serving();
  await site.inMachine(`systemctl kill --kill-whom=all --signal=KILL ${unit}`);
  const began = Date.now();
  await eventually(20, () => good(site, '/', { timeout: 20_000 }), () => true);
  await eventually(20, () => site.serving(), (now) => now.main !== main);
  return `answers after ${((Date.now() - began) / 1000).toFixed(0)} s`;
}

export async function brokenRelease(site: Subject): Promise<void> {
  const before = await site.machine();
  const { code, text } = await site.tryDeploy('-c', 'readinessPath=/nowhere', '-c', 'startTime=10');
  must(code === 1, 'a deploy whose readiness path answers 404 must fail', text);
  must(/404/.test(text), 'it must say what was answered', text.trim().split('\n').slice(-8).join(' | '));
  must((await site.machine()).release === before.release, 'what served must go on', (await site.machine()).release);
  await good(site, '/');
}

export async function switches(site: Subject, extent: Extent): Promise<string> {
  const load = new Load(placeOf(site.url), { connections: 8, every: 20, path: (wait) => `/work?wait=${wait}` });
  try {
    for (let count = 0; count < extent.switches; count++) await site.serveNext();
  } finally {
    await load.end();
  }
  const { asked } = load;
  const faults = asked.filter(({ fault }) => fault !== undefined);
  must(faults.length === 0, `of ${asked.length} requests none may be lost over ${extent.switches} switches`, faults.slice(0, 3).map(({ fault }) => fault));
  const releases = new Set(asked.map(({ release }) => release));
  must(releases.size === extent.switches + 1, `each of ${extent.switches + 1} releases must have answered`, releases.size);
  return `${asked.length} requests over ${extent.switches} switches, 0 lost`;
}

export async function drain(site: Subject): Promise<string | void> {
  const { unit } = await site.serving();
  const slow = ask(site, '/work?wait=12000', { agent: new Agent() });
  await pause(500);
  site.next();
  await site.deploy();
  const { status } = await slow;
  must(status === 200, 'a request that began before the switch must be answered', status);
  // There its server is gone as a whole.
  if (site.topology === 'split-tier') return;
  const began = Date.now();
  await eventually(35, () => site.inMachine(`systemctl is-active ${unit} || true`), (said) => /inactive|failed/.test(said));
  const said = await site.inMachine(`systemctl show -p Result --value ${unit}`);
  must(/success/.test(said), 'the old release must end by itself', said);
  return `ended ${((Date.now() - began) / 1000).toFixed(0)} s after its last answer`;
}

export async function memory(site: Subject): Promise<string> {
  const { unit } = await site.serving();
  const text = await site.inMachine(`for pid in $(cat /sys/fs/cgroup/system.slice/${unit}/cgroup.procs); do grep ^Pss: /proc/$pid/smaps_rollup; done`);
  const kib = [...text.matchAll(/^Pss:\s+(\d+) kB/gm)].map(([, size]) => Number(size));
  must(kib.length > 0, 'the processes must tell what they take', text);
  return `${Math.round(kib.reduce((sum, size) => sum + size, 0) / 1024)} MiB with ${(await site.workers()).length} workers`;
}

export async function sandbox(site: Subject): Promise<string> {
  const { unit } = await site.serving();
  const text = await site.inMachine(`systemd-analyze security ${unit} | tail -1`);
  const score = Number(/([\d.]+)\s+OK|exposure level[^:]*: ([\d.]+)/.exec(text)?.slice(1).find((found) => found !== undefined));
  must(score <= EXPOSED, `systemd must count ${EXPOSED} at the most`, text);
  return score.toFixed(1);
}
