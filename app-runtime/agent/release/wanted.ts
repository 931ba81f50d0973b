import { parsePointer, type ReleasePointer, releaseParameterOf } from '../../release-pointer.js';
import type { AppServerSettings, MachineSettings } from '../../settings.js';
import type { Aws } from '../aws/aws.js';

/** The release that a deployment must serve, and which writing of the parameter said so. */
export interface Wanted {
  readonly pointer: ReleasePointer;
  readonly version: number;
}

/** Asks for the release that a deployment must serve. */
export async function wantedRelease(aws: Pick<Aws, 'ssm'>, { deployment }: Pick<MachineSettings, 'deployment'>): Promise<Wanted> {
  const { Parameter } = await aws.ssm('GetParameter', { Name: releaseParameterOf(deployment) });
  return { pointer: parsePointer(Parameter.Value as string), version: Parameter.Version as number };
}

/** Whether a release is this machine's to serve. */
export function concerns({ machine }: Pick<MachineSettings, 'machine'>, pointer: ReleasePointer): boolean {
  return machine === pointer.machine;
}

/** Whether a server that was launched with its release is what its deployment wants now. */
export async function stillWanted(aws: Pick<Aws, 'ssm'>, settings: AppServerSettings): Promise<boolean> {
  const { pointer } = await wantedRelease(aws, settings);
  return concerns(settings, pointer) && pointer.digest === settings.release.digest;
}
