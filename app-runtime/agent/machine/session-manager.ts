import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { debianName } from '../../release.js';
import type { Aws } from '../aws/aws.js';
import { must } from './command.js';
import { log } from './log.js';
import { places } from './places.js';

/** Debian's image does not bring it; the package's own name for its unit. */
const UNIT = '/usr/lib/systemd/system/amazon-ssm-agent.service';

/**
 * Installs Session Manager's agent, the only way into the machine, from the region's bucket of AWS. Never a reason not
 * to serve, and never waited for: the machine whose site does not start is the one that somebody wants to enter.
 */
export async function installSessionManager(aws: Aws, region: string): Promise<void> {
  if (existsSync(UNIT) || existsSync(UNIT.replace('/usr', ''))) return;
  const file = join(places.runtime, 'amazon-ssm-agent.deb');
  try {
    await aws.download({ bucket: `amazon-ssm-${region}`, key: `latest/debian_${debianName[process.arch === 'x64' ? 'x86_64' : 'arm64']}/amazon-ssm-agent.deb` }, file);
    // Outside the agent's own sandbox, in which a package could not set itself up.
    await must(['systemd-run', '--quiet', '--wait', '--collect', '--setenv=DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=300', 'install', '-y', file]);
    log('installed session manager');
  } catch (error) {
    log('could not install session manager', { error: (error as Error).message });
  } finally {
    await rm(file, { force: true });
  }
}
