import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificate } from './certificate.js';
import { startHost, startNames, startRegion } from './daemons.js';
import { raze } from './down.js';
import { debianImage } from './image.js';
import { abandonedLabs, ACCESS, claimLab, type Lab, labDirectory, LABS_LOCK, REGION } from './lab.js';
import { withLock } from './lock.js';
import { machinesOnDisk } from './machine.js';
import { raiseNetwork } from './network.js';
import { step } from './progress.js';
import { refuseComputer, refuseKernel, setUp } from './setup.js';

/** Brings the lab up, or mends what is missing in it; touches nothing that is right. */
export async function up(name: string): Promise<Lab> {
  refuseComputer();
  labDirectory(name);
  await step('tools', async ({ say, did }) => {
    const installed = await setUp(say);
    await refuseKernel();
    if (installed.length > 0) did(`installed ${installed.join(', ')}`);
  });
  await step('image of Debian 13', async ({ say }) => { await debianImage(say); });
  return withLock(LABS_LOCK, () => raise(name));
}

/** Environment with which a command takes the lab for AWS. */
export function regionEnvironment(lab: Lab): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: lab.endpoint, AWS_REGION: REGION, AWS_DEFAULT_REGION: REGION, AWS_ACCESS_KEY_ID: ACCESS.accessKeyId, AWS_SECRET_ACCESS_KEY: ACCESS.secretAccessKey,
    // Or each tool warns of its own future.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_EC2_METADATA_DISABLED: 'true', NO_PROXY: 'localhost', no_proxy: 'localhost',
  };
}

async function raise(name: string): Promise<Lab> {
  for (const abandoned of abandonedLabs()) await raze(abandoned);
  const lab = claimLab(name);
  const papers = await certificate(lab);
  await step(`network ${lab.block}`, () => raiseNetwork(lab));
  await step(`region ${lab.endpoint}`, async ({ say, did }) => {
    await startNames(lab);
    const before = machinesOnDisk(lab).length;
    if (await startRegion(lab, papers, say)) did(before > 0 ? 'started anew: it forgot what was deployed, deploy again' : 'started');
  });
  await step('hypervisor', async ({ did }) => { if (await startHost(lab)) did('started'); });
  writeFileSync(join(lab.directory, 'region.env'), Object.entries(regionEnvironment(lab)).map(([key, value]) => `${key}=${value}\n`).join(''));
  return lab;
}
