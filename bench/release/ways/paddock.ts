import { readFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { Aws } from '../../../app-runtime/agent/aws/aws.js';
import { Metadata } from '../../../app-runtime/agent/aws/metadata.js';
import { places } from '../../../app-runtime/agent/machine/places.js';
import { Server } from '../../../app-runtime/agent/release/serve.js';
import { readServing } from '../../../app-runtime/agent/release/serving.js';
import { readJournal } from '../../../app-runtime/agent/release/switch-journal.js';
import type { ReleasePointer } from '../../../app-runtime/release-pointer.js';
import { parseSettings } from '../../../app-runtime/settings.js';
import type { Way } from './way.js';

/** The agent's own switch, whole: the agent itself is stopped meanwhile, and this process stands in its place. */
export function paddock(): Way {
  let server: Server;
  let deployed: ReleasePointer;
  return {
    called: ({ digest }) => digest,
    begin: async () => {
      const settings = parseSettings(await readFile(places.settings, 'utf8'));
      const metadata = new Metadata();
      const facts = { cores: availableParallelism(), memoryBytes: totalmem(), instanceId: await metadata.instanceId() };
      server = new Server(new Aws(metadata, settings.region), settings, facts);
      await server.resume();
      deployed = (await server.wanted()).pointer;
    },
    serve: async ({ digest }) => {
      const { bucket, key } = (await readServing())!.releases.find((release) => release.digest === digest)!;
      await server.serve({ ...deployed, bucket, key, digest });
      const { steps } = (await readJournal())!;
      return Date.parse(steps.find(({ name }) => name === 'hand-over')!.at);
    },
    // What serves goes on serving.
    end: async () => {},
  };
}
