import { rm } from 'node:fs/promises';
import { unit as nginx } from '../../proxies/nginx/nginx.js';
import { drainingMark } from '../../proxies/proxy.js';
import type { BalancerSettings } from '../../settings.js';
import { splitTier } from '../../split-tier.js';
import type { Aws } from '../aws/aws.js';
import type { Metadata } from '../aws/metadata.js';
import { pause } from '../aws/retry.js';
import { Following } from '../balancing/follow.js';
import { configure } from '../balancing/proxy.js';
import { refuseToServe } from '../balancing/refusal.js';
import { watchTheSick } from '../balancing/replacement.js';
import { ServersFile } from '../balancing/servers-file.js';
import { depart, signToLeave, type Steps, toldToLeave } from '../fleet/departure.js';
import { whileWaitedFor } from '../fleet/heartbeat.js';
import { Lifecycle } from '../fleet/lifecycle.js';
import { lastHeard, untilQuiet } from '../fleet/quiet.js';
import { must } from '../machine/command.js';
import { log } from '../machine/log.js';
import { places } from '../machine/places.js';
import type { Facts } from '../machine/plan.js';
import { replaceFile } from '../machine/replace-file.js';
import { balancerMetrics } from '../metrics/balancer-metrics.js';
import { publishMetrics } from '../metrics/publish.js';
import type { ReleaseFolder } from '../release/release-folder.js';
import { StaticReleases } from '../release/static-releases.js';
import { Report } from '../reporting/report.js';
import { step, StepError } from '../reporting/step.js';

/** How often a balancer looks which release its servers serve, in milliseconds. */
const LOOK = 1_000;

/** Milliseconds until the load balancer in front has let go: its own servers are many, and hear of it one after another, by a check each 5 s. */
const LET_GO = { silence: 15_000, most: 300_000, look: 250 };

/** What one balancer works with. */
interface Front {
  readonly settings: BalancerSettings;
  readonly aws: Aws;
  readonly lifecycle: Lifecycle;
  readonly report: Report;
  readonly servers: ServersFile;
  readonly releases: StaticReleases;
  /** Makes nginx what a release says. */
  readonly configure: (release: ReleaseFolder) => Promise<void>;
}

/** nginx in front of the app servers: follows who of them is in service, and the releases whose static files it serves. */
export async function balancer(settings: BalancerSettings, facts: Facts, aws: Aws, metadata: Metadata): Promise<never> {
  const servers = new ServersFile();
  let left = false;
  const configured = async ({ manifest, directory }: ReleaseFolder) => {
    // What leaves must not start nginx again.
    if (!left) await configure({ settings, facts, manifest, releaseDirectory: directory, slot: 'a' }, servers);
  };
  const lifecycle = new Lifecycle(aws, facts.instanceId);
  const front: Front = {
    settings, aws, lifecycle, servers, configure: configured,
    report: new Report(aws, settings, facts.instanceId),
    releases: new StaticReleases(aws, settings, facts.instanceId, configured),
  };
  // An agent that was ended while its machine left must not begin again.
  if (await signToLeave(metadata) === undefined) void live(front);
  const reason = await toldToLeave(metadata);
  left = true;
  await depart(lifecycle, reason, leaving(servers));
  return new Promise(() => {});
}

/** From power on for as long as it serves; or tells why it cannot, and gives the machine up. */
async function live(front: Front): Promise<void> {
  const { settings, aws, lifecycle, report, servers, releases } = front;
  try {
    const following = await whileWaitedFor(lifecycle, 'launching', () => boot(front));
    void releases.follow();
    void publishMetrics(aws, settings.deployment, balancerMetrics(() => following.unhealthy));
    void watchTheSick(lifecycle, () => following.candidates);
    void preferWhatIsServed(following, releases);
    await lifecycle.join('CONTINUE');
    void report.booted();
  } catch (error) {
    const failed = error instanceof StepError ? error : new StepError('start', (error as Error).message);
    log('failed', { step: failed.step, error: failed.message });
    await servers.close(false);
    await refuseToServe({ ...front, bootedMark: places.booted }, failed);
    // One that was in service goes on, and systemd lets its agent try again: nginx has the last set of servers meanwhile, and nobody keeps it.
    await pause(10_000);
    process.exit(1);
  }
}

/** Static files and nginx first. A first deploy has balancers before it has servers: to be there is enough. */
async function boot({ settings, aws, servers, releases, configure }: Front): Promise<Following> {
  // A mark from before the machine was booted again would keep it out.
  await rm(drainingMark, { force: true });
  await servers.use(await servers.recall());
  const before = await releases.recall();
  if (before) await step('configure', () => configure(before));
  const following = new Following(aws, settings.servers, servers);
  void following.follow();
  const release = before ?? await step('pointer', () => releases.begin());
  await step('configure', () => configure(release));
  return following;
}

async function preferWhatIsServed(following: Following, releases: StaticReleases): Promise<never> {
  for (;; await pause(LOOK)) if (following.release !== undefined) releases.prefer(following.release);
}

/** The load balancer in front hears it by its check; visitors' connections close with their answers; then nginx finishes what it has. */
function leaving(servers: ServersFile): Steps {
  const { http, https } = splitTier.proxyPort;
  return {
    'let go': async () => {
      await replaceFile(drainingMark, '');
      await servers.close(true);
      await untilQuiet(http, LET_GO, async () => Math.min(await lastHeard(http), await lastHeard(https)));
    },
    'proxy': async () => { await must(['systemctl', 'stop', nginx]); },
  };
}
