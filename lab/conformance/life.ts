/** Life: what becomes of a site when its processes die, and when a release takes over. */
import type { Asked } from '../scenarios/load.js';
import { eventually } from '../scenarios/stage.js';
import { longest, troubles } from '../scenarios/troubles.js';
import { good, must } from './asking.js';
import type { Extent } from './promises.js';
import { bodyOf, type Told } from './requests.js';
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
  // They keep all workers busy besides: one of some gateways shows itself with a request.
  const visitors = site.visitors();
  const began = Date.now();
  try {
    await site.inMachine(`kill -9 ${before[0]}`);
    await eventually(30, () => site.workers(), (now) => now.length === before.length && !now.includes(before[0]!));
  } finally {
    await visitors.end();
  }
  return `${before.length} again after ${since(began)} s, ${bearable(site, visitors.asked)}`;
}

export async function appKilled(site: Subject): Promise<string> {
  const { unit, main } = await site.serving();
  const visitors = site.visitors();
  const began = Date.now();
  try {
    await site.inMachine(`systemctl kill --kill-whom=all --signal=KILL ${unit}`);
    await eventually(20, () => good(site, '/', { timeout: 20_000 }), () => true);
    await eventually(20, () => site.serving(), (now) => now.main !== main);
  } finally {
    await visitors.end();
  }
  return `serves again after ${since(began)} s, ${bearable(site, visitors.asked)}`;
}

export async function brokenRelease(site: Subject): Promise<string> {
  const releases = async () => (await site.machines()).map(({ id, release }) => `${id} ${release}`).join();
  const before = await releases();
  const visitors = site.visitors();
  // Long enough that a JVM has loaded on a busy computer: it is to be refused for its answer, and not for its time.
  const { code, text } = await site.tryDeploy('-c', 'readinessPath=/nowhere', '-c', 'startTime=30').finally(() => visitors.end());
  must(code === 1, 'a deploy whose readiness path answers 404 must fail', text);
  must(/404/.test(text), 'it must say what was answered', text.trim().split('\n').slice(-8).join(' | '));
  must(await releases() === before, 'what served must go on', await releases());
  return lossless(visitors.asked);
}

export async function switches(site: Subject, extent: Extent): Promise<string> {
  const visitors = site.visitors();
  try {
    for (let count = 0; count < extent.switches; count++) await site.serveNext();
  } finally {
    await visitors.end();
  }
  const said = lossless(visitors.asked);
  const releases = new Set(visitors.asked.map(({ release }) => release));
  must(releases.size === extent.switches + 1, `each of ${extent.switches + 1} releases must have answered`, releases.size);
  return `${said} over ${extent.switches} ${extent.switches === 1 ? 'switch' : 'switches'}`;
}

/** A setting of the proxy, which comes with a release and has it read its files again. Visitors make a connection for each request: one that is kept may close as it is used. */
export async function proxyReloaded(site: Subject): Promise<string> {
  const visitors = site.visitors({ requests: 1 });
  await site.deploy('-c', 'maxBodyMiB=12').finally(() => visitors.end());
  await bodyOf(site, 12);
  return lossless(visitors.asked);
}

/** Says that no request was lost. @throws Error with when and why some were */
export function lossless(asked: readonly Asked[]): string {
  const seen = troubles(asked);
  must(seen.length === 0, `of ${asked.length} requests none may be lost`, seen);
  return `${asked.length} requests, 0 lost`;
}

/** Says what visitors lost to a death. @throws Error when it was too much */
function bearable({ trouble }: Subject, asked: readonly Asked[]): string {
  const seen = troubles(asked);
  must(longest(seen) <= trouble, `visitors must have good answers again after ${trouble} s`, seen);
  return `${asked.length} requests, ${asked.filter(({ fault }) => fault !== undefined).length} lost`;
}

function since(began: number): string {
  return ((Date.now() - began) / 1000).toFixed(0);
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
