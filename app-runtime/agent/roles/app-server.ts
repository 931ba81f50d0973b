import { mkdir, rm } from 'node:fs/promises';
import { drainingMark } from '../../proxies/proxy.js';
import { proxyOf } from '../../proxies.js';
import { type AppServerSettings, releaseOf } from '../../settings.js';
import { splitTier } from '../../split-tier.js';
import type { Aws } from '../aws/aws.js';
import type { Metadata } from '../aws/metadata.js';
import { fleetDatabase } from '../fleet/database.js';
import { depart, signToLeave, type Steps, toldToLeave } from '../fleet/departure.js';
import { Health } from '../fleet/health.js';
import { join, type Member } from '../fleet/joining.js';
import { Lifecycle } from '../fleet/lifecycle.js';
import { untilQuiet } from '../fleet/quiet.js';
import { Targets } from '../fleet/targets.js';
import { must } from '../machine/command.js';
import { places } from '../machine/places.js';
import type { Facts } from '../machine/plan.js';
import { readinessQuestion } from '../machine/render.js';
import { replaceFile } from '../machine/replace-file.js';
import { handOutMedia } from '../media/media.js';
import { gatewayLoad } from '../metrics/gateway-load.js';
import { publishMetrics } from '../metrics/publish.js';
import { serverMetrics } from '../metrics/server-metrics.js';
import type { ReadinessQuestion } from '../release/readiness.js';
import { open } from '../release/release-folder.js';
import { watchSecrets } from '../release/rotation.js';
import { Server } from '../release/serve.js';
import { directoryOf, type Serving } from '../release/serving.js';
import { stillWanted } from '../release/wanted.js';
import { untilCommandEnds } from '../release/release-command.js';
import { StaticReleases } from '../release/static-releases.js';
import { listen } from '../reporting/control.js';
import { Report } from '../reporting/report.js';

/** What one server works with. */
interface AppServer extends Member {
  readonly facts: Facts;
  readonly aws: Aws;
  readonly server: Server;
  readonly report: Report;
  readonly targets: Targets;
}

/** One of a group behind a balancer: serves the one release that it was launched with, and leaves without a lost request. */
export async function appServer(settings: AppServerSettings, facts: Facts, aws: Aws, metadata: Metadata): Promise<never> {
  const lifecycle = new Lifecycle(aws, facts.instanceId);
  const server = new Server(aws, settings, facts, fleetDatabase(aws, settings, facts.instanceId));
  const it: AppServer = {
    settings, facts, aws, lifecycle, server, refusedMark: places.refused,
    targets: new Targets(aws, lifecycle),
    report: new Report(aws, settings, facts.instanceId),
    health: new Health(settings.release.digest, () => gatewayLoad(settings)),
    question: () => questionOf(settings, facts, server.serving!),
  };
  await listen(server);
  await handOutMedia(aws, settings, facts);
  await it.health.listen(splitTier.healthPort);
  // An agent that was ended while its machine left must not stand the release up again.
  if (await signToLeave(metadata) === undefined) void live(it);
  await depart(lifecycle, await toldToLeave(metadata), settings.balancer === 'nginx' ? fromBalancers(it) : fromLoadBalancer(it));
  return new Promise(() => {});
}

/** From power on to serving, and then for as long as it serves. */
async function live(it: AppServer): Promise<void> {
  const { settings, aws, health, server, report } = it;
  // A mark from before the machine was booted again would keep it out.
  await rm(drainingMark, { force: true });
  await mkdir(places.data, { recursive: true });
  await mkdir(places.keep, { recursive: true, mode: 0o700 });
  if (!await join(it)) return;
  void report.booted(() => stillWanted(aws, settings));
  void watchSecrets(server, report);
  void publishMetrics(aws, settings.deployment, serverMetrics(() => gatewayLoad(settings), () => health.report.state === 'serving'));
  if (settings.balancer === 'alb') await standIn(it);
}

/** What nginx balancers do for their servers, where there are none: static files of other releases, and an eye on the other servers. */
async function standIn({ settings, facts, aws, targets }: AppServer): Promise<void> {
  const releases = new StaticReleases(aws, settings, facts.instanceId);
  await releases.hold(releaseOf(settings));
  void releases.follow();
  void targets.watch();
}

async function questionOf(settings: AppServerSettings, facts: Facts, serving: Serving): Promise<ReadinessQuestion> {
  const { manifest, directory } = await open(directoryOf(serving));
  return readinessQuestion({ settings, facts, manifest, releaseDirectory: directory, slot: serving.slot }, 'serving');
}

/** Balancers of our own ask how the server is, and send nothing more as soon as it says that it drains. */
function fromBalancers({ health, server }: AppServer): Steps {
  return {
    'release command': untilCommandEnds,
    'let go': () => untilLetGo(health.drain(), splitTier.gatewayPort),
    'gateway': () => server.leave(),
  };
}

/** A managed one is told, by its API and by its health check. The proxy ends first: it may hold the half of a request. */
function fromLoadBalancer({ settings, health, server, targets }: AppServer): Steps {
  return {
    'release command': untilCommandEnds,
    'let go': async () => {
      const served = health.drain();
      await replaceFile(drainingMark, '');
      await targets.leave();
      await untilLetGo(served, splitTier.proxyPort.http);
    },
    'proxy': async () => { await must(['systemctl', 'stop', proxyOf(settings)!.unit]); },
    'gateway': () => server.leave(),
  };
}

/** @param served whether anybody ever sent anything */
async function untilLetGo(served: boolean, port: number): Promise<void> {
  if (served && !await untilQuiet(port)) throw new Error('those in front must let go, got requests to the end; what they have sent is answered');
}
