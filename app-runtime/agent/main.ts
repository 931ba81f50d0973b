import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { parsePointer } from '../release-pointer.js';
import { type MachineSettings, parseSettings } from '../settings.js';
import { Aws } from './aws/aws.js';
import { Metadata } from './aws/metadata.js';
import { install } from './machine/install.js';
import { log } from './machine/log.js';
import { places } from './machine/places.js';
import type { Facts } from './machine/plan.js';
import { installSessionManager } from './machine/session-manager.js';
import { fetchRelease } from './release/release-folder.js';
import { askAgent } from './reporting/control.js';
import type { StepError } from './reporting/step.js';
import { appServer } from './roles/app-server.js';
import { balancer } from './roles/balancer.js';
import { singleNode } from './roles/single-node.js';

/** `agent.mjs`: does what stands on this machine, for as long as it lives. */
async function live(): Promise<void> {
  await mkdir(places.runtime, { recursive: true, mode: 0o700 });
  await mkdir(places.releases, { recursive: true });
  const settings = await told();
  const metadata = new Metadata();
  const facts = { cores: availableParallelism(), memoryBytes: totalmem(), instanceId: await metadata.instanceId() };
  const aws = new Aws(metadata, settings.region);
  void installSessionManager(aws, settings.region);
  await stand(settings, facts, aws, metadata);
}

function stand(settings: MachineSettings, facts: Facts, aws: Aws, metadata: Metadata): Promise<never> {
  switch (settings.role) {
    case 'single-node': return singleNode(settings, facts, aws);
    case 'app-server': return appServer(settings, facts, aws, metadata);
    case 'balancer': return balancer(settings, facts, aws, metadata);
  }
}

/** `agent.mjs bring <pointer>`: brings a release, for the agent that watches. */
async function bring(pointer: string): Promise<void> {
  const { region, role } = await told();
  await fetchRelease(new Aws(new Metadata(), region), parsePointer(pointer), role !== 'balancer').catch((error: StepError) => {
    console.error(error.write());
    process.exit(1);
  });
}

async function told(): Promise<MachineSettings> {
  return parseSettings(await readFile(places.settings, 'utf8'), places.settings);
}

const [, , verb, ...words] = process.argv;
const work = {
  install,
  bring: () => bring(words[0] ?? ''),
  ask: async () => { process.exitCode = await askAgent(words); },
}[verb ?? ''] ?? live;
work().catch((error: Error) => {
  log('stopped', { error: error.message });
  process.exit(1);
});
