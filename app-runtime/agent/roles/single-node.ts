import type { ReleasePointer } from '../../release-pointer.js';
import type { SingleNodeSettings } from '../../settings.js';
import type { Aws } from '../aws/aws.js';
import { pause } from '../aws/retry.js';
import { claimAddress, claimVolume } from '../machine/claims.js';
import { log } from '../machine/log.js';
import type { Facts } from '../machine/plan.js';
import { handOutMedia } from '../media/media.js';
import { watchSecrets } from '../release/rotation.js';
import { Server } from '../release/serve.js';
import { concerns, type Wanted } from '../release/wanted.js';
import { listen } from '../reporting/control.js';
import { Report } from '../reporting/report.js';
import { step, StepError } from '../reporting/step.js';

/** How often the agent asks which release it must serve, in milliseconds. Parameter Store answers 40 such questions a second, free of charge. */
const WATCH = 2_000;

/** A machine alone: claims what is its own, serves the release that the deployment names, and follows it from then on. */
export async function singleNode(settings: SingleNodeSettings, facts: Facts, aws: Aws): Promise<never> {
  const server = new Server(aws, settings, facts);
  const report = new Report(aws, settings, facts.instanceId);
  await listen(server);
  await handOutMedia(aws, settings, facts);
  const acted = await boot(server, report, {
    volume: () => claimVolume(aws, settings, facts.instanceId),
    address: () => claimAddress(aws, settings, facts.instanceId),
  });
  void report.booted();
  void watchSecrets(server, report);
  return follow(server, report, settings, acted);
}

/**
 * The way from power on to serving: a failure before the release is known is told like any other.
 * @returns the version of the parameter whose release it began to serve; 0 where one served already, which somebody may still wait to hear of
 * @throws StepError when nothing serves: systemd starts the agent anew, and it tries again
 */
async function boot(server: Server, report: Report, claim: Readonly<Record<'volume' | 'address', () => Promise<void>>>): Promise<number> {
  let wanted: Wanted | undefined;
  try {
    await step('volume', claim.volume);
    await server.resume();
    // After what serves: a machine that boots again has its address, and must not wait for AWS to say so.
    await step('address', claim.address);
    if (server.serving) return 0;
    wanted = await step('pointer', () => server.wanted());
    await server.serve(wanted.pointer);
    await served(server, report, wanted.pointer);
    return wanted.version;
  } catch (error) {
    await tell(server, report, error as Error, wanted?.pointer);
    throw error;
  }
}

/**
 * Serves each release that the deployment names from now on. A refused one is not tried again until the parameter was written anew, and
 * one that comes with another kind of machine is left to the machine that replaces this one.
 * @param acted version of the parameter that this agent has acted on; 0 where there is none
 */
async function follow(server: Server, report: Report, settings: SingleNodeSettings, acted: number): Promise<never> {
  for (let last = acted; ; await pause(WATCH)) {
    if (server.down) await server.mend();
    const wanted = await server.wanted().catch((error: Error) => log('could not ask for the release', { error: error.message, serves: server.serves }));
    if (!wanted || wanted.version === last || !concerns(settings, wanted.pointer)) continue;
    const first = last === 0;
    last = wanted.version;
    if (!first) report.turn();
    try {
      const serves = server.serving?.releases[0].digest === wanted.pointer.digest;
      if (!serves) await server.serve(wanted.pointer);
      // An agent that is new may be the heir of one that was ended before it could tell; otherwise nobody waits for what serves already.
      if (!server.down && (!serves || first)) await served(server, report, wanted.pointer);
    } catch (error) {
      await tell(server, report, error as Error, wanted.pointer);
    }
  }
}

/** Tells the deployment what serves and what is kept; a deploy that waits hears that it is done. */
async function served(server: Server, report: Report, pointer: ReleasePointer): Promise<void> {
  await report.kept(server.serving!);
  void report.served(pointer, server.serving!.releases[0].migrations);
}

/** Tells of a failure: the journal, the last words, the stack. What serves is looked after meanwhile; where nothing does, the signal is all there is to do. */
async function tell(server: Server, report: Report, error: Error, wanted?: ReleasePointer): Promise<void> {
  const failed = error instanceof StepError ? error : new StepError('start', error.message);
  log('failed', { step: failed.step, error: failed.message, serves: server.serves });
  await report.lastWords(failed, server.serves, wanted);
  const signalled = report.failure(failed, wanted);
  if (!server.serving) await signalled;
}
