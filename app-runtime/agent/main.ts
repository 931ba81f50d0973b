import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { type MachineSettings, parsePointer, parseSettings, type ReleasePointer } from '../settings.js';
import { Aws } from './aws.js';
import { claimAddress, claimVolume } from './claims.js';
import { install } from './install.js';
import { log } from './log.js';
import { Metadata } from './metadata.js';
import { places } from './places.js';
import { fetchRelease } from './release-folder.js';
import { Report } from './report.js';
import { pause } from './retry.js';
import { Server } from './serve.js';
import { installSessionManager } from './session-manager.js';
import { step, StepError } from './step.js';

/** How often the agent asks which release it must serve, in milliseconds. Parameter Store answers 40 such questions a second. */
const WATCH = 5_000;

/** `agent.cjs`: claims what is this machine's, serves the release that the deployment names, and follows it from then on. */
async function watch(): Promise<void> {
  await mkdir(places.runtime, { recursive: true, mode: 0o700 });
  const settings = await told();
  const metadata = new Metadata();
  const facts = { cores: availableParallelism(), memoryBytes: totalmem(), instanceId: await metadata.instanceId() };
  const aws = new Aws(metadata, settings.region);
  const server = new Server(aws, settings, facts);
  const report = new Report(aws, settings, facts.instanceId);

  const claim = async () => {
    await step('address', () => claimAddress(aws, settings, facts.instanceId));
    await step('volume', () => claimVolume(aws, settings, facts.instanceId));
  };
  void installSessionManager(aws, settings.region);
  const first = await boot(server, report, claim);
  await follow(server, report, first);
}

/** The way from power on to serving: a failure before the release is known is told like any other. */
async function boot(server: Server, report: Report, claim: () => Promise<void>): Promise<ReleasePointer> {
  const first = await step('pointer', () => server.wanted()).catch(async (error: StepError) => {
    await tell(server, report, error);
    throw error;
  });
  await serve(server, report, first, claim);
  void report.booted();
  return first;
}

/**
 * Serves each release that the deployment names from now on. A refused one is not tried again until another was named, and one that
 * comes with another kind of machine is left to the machine that replaces this one.
 */
async function follow(server: Server, report: Report, first: ReleasePointer): Promise<never> {
  for (let last = first; ; await pause(WATCH)) {
    const wanted = await server.wanted().catch((error: Error) => log('could not ask for the release', { error: error.message, serves: server.serves }));
    if (wanted && wanted.digest !== last.digest && server.concerns(wanted)) await serve(server, report, last = wanted);
  }
}

/**
 * Serves a release and tells the stack how it went.
 * @throws StepError when nothing serves: systemd starts the agent anew, and it tries again
 */
async function serve(server: Server, report: Report, wanted: ReleasePointer, before = async () => {}): Promise<void> {
  try {
    await before();
    await server.serve(wanted);
    void report.served(wanted);
  } catch (error) {
    const failed = error instanceof StepError ? error : new StepError('start', String(error));
    await tell(server, report, failed, wanted);
    if (server.serves === 'nothing') throw failed;
  }
}

/** Tells of a failure: the journal, the last words, the stack. What serves is looked after meanwhile; where nothing does, the signal is all there is to do. */
async function tell(server: Server, report: Report, failed: StepError, wanted?: ReleasePointer): Promise<void> {
  log('failed', { step: failed.step, error: failed.message, serves: server.serves });
  await report.lastWords(failed, server.serves, wanted);
  const signalled = report.failure(failed, wanted);
  if (server.serves === 'nothing') await signalled;
}

/** `agent.cjs bring <pointer>`: brings a release, for the agent that watches. */
async function bring(pointer: string): Promise<void> {
  const { region } = await told();
  await fetchRelease(new Aws(new Metadata(), region), parsePointer(pointer)).catch((error: StepError) => {
    console.error(error.write());
    process.exit(1);
  });
}

async function told(): Promise<MachineSettings> {
  return parseSettings(await readFile(places.settings, 'utf8'), places.settings);
}

const [, , verb, argument = ''] = process.argv;
const work = { install, bring: () => bring(argument) }[verb ?? ''] ?? watch;
work().catch((error: Error) => {
  log('stopped', { error: error.message });
  process.exit(1);
});
