import type { MachineSettings } from '../../settings.js';
import type { Aws } from '../aws/aws.js';
import type { Facts } from '../machine/plan.js';
import { handOut } from './endpoint.js';
import { mediaToken } from './environment.js';
import { takeOnMediaRole } from './role.js';
import { Session } from './session.js';

/** Hands the application credentials for the bucket of its files, for as long as the agent runs; a release without one is told of none. */
export async function handOutMedia(aws: Aws, { deployment }: MachineSettings, { instanceId }: Facts): Promise<void> {
  const session = new Session(() => takeOnMediaRole(aws, deployment, instanceId));
  await handOut({ credentials: () => session.credentials(), token: mediaToken });
}
