import { readFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { parseSettings } from '../settings.js';
import { Aws } from './aws.js';
import { claimAddress, claimVolume } from './claims.js';
import { install } from './install.js';
import { log } from './log.js';
import { Metadata } from './metadata.js';
import { places } from './places.js';
import { Report } from './report.js';
import { pause } from './retry.js';
import { Server } from './serve.js';
import { step, StepError } from './step.js';

/** How often the agent asks which release it must serve, in milliseconds. Parameter Store answers 40 such questions a second. */
const WATCH = 5_000;

/** Claims what is this machine's, serves the release that the deployment names, and follows it from then on. */
async function main(): Promise<void> {
  const settings = parseSettings(await readFile(places.settings, 'utf8'), places.settings);
  const metadata = new Metadata();
  const facts = { cores: availableParallelism(), memoryBytes: totalmem(), instanceId: await metadata.instanceId() };
  const aws = new Aws(metadata, settings.region);
  const report = new Report(aws, settings, facts.instanceId);
  const server = new Server(aws, settings, facts);

  for (let last = ''; ; await pause(WATCH)) {
    const wanted = await server.wanted();
    if (wanted.digest === last) continue;
    try {
      if (last === '') {
        await step('address', () => claimAddress(aws, settings, facts.instanceId));
        await step('volume', () => claimVolume(aws, settings, facts.instanceId));
      }
      await server.serve(wanted);
      void report.success(wanted.signal);
    } catch (error) {
      const failed = error instanceof StepError ? error : new StepError('start', String(error));
      log('failed', { step: failed.step, error: failed.message, serves: server.serves });
      await report.failure(wanted.signal, wanted.digest, failed, server.serves);
      if (server.serves === 'nothing') process.exit(1);
    }
    last = wanted.digest;
  }
}

(process.argv[2] === 'install' ? install() : main()).catch((error: Error) => {
  log('stopped', { error: error.message });
  process.exit(1);
});
