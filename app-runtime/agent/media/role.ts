import { mediaRoleParameterOf } from '../../media.js';
import { type Aws, AwsError } from '../aws/aws.js';
import type { Credentials } from '../aws/metadata.js';
import type { MachineContext } from '../machine/plan.js';

/** Seconds that credentials last: a role that is taken on by way of another one gives no longer ones. Source: IAM user guide, role chaining. */
const LASTING = 3600;

/**
 * Takes on the role that may do with the bucket of the application's files what the application does, and nothing else.
 * @param instanceId names the session, so that the bucket's own records tell which machine it was
 * @throws Error when the deployment has no such role, or it may not be taken on
 */
export async function takeOnMediaRole(aws: Aws, deployment: string, instanceId: string): Promise<Credentials> {
  const Name = mediaRoleParameterOf(deployment);
  try {
    const { Parameter } = await aws.ssm('GetParameter', { Name });
    const answer = await aws.query('sts', 'AssumeRole', '2011-06-15', { RoleArn: Parameter.Value as string, RoleSessionName: instanceId, DurationSeconds: String(LASTING) });
    return read(answer);
  } catch (error) {
    const reason = error instanceof AwsError ? error.code : (error as Error).message;
    throw new Error(`media: the role that parameter ${Name} names must be there for the machine to take on, got ${reason}; deploy with media: paddock.Media.bucket()`);
  }
}

/** Proves, before a release is started, that it can be handed what it needs. */
export async function proveMedia(aws: Aws, { manifest, settings, facts }: Pick<MachineContext, 'manifest' | 'settings' | 'facts'>): Promise<void> {
  if (manifest.settings.media) await takeOnMediaRole(aws, settings.deployment, facts.instanceId);
}

function read(answer: string): Credentials {
  const field = (name: string) => {
    const [, value] = new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer) ?? [];
    if (value === undefined) throw new Error(`an answer without ${name}`);
    return value;
  };
  return { accessKeyId: field('AccessKeyId'), secretAccessKey: field('SecretAccessKey'), sessionToken: field('SessionToken'), expires: Date.parse(field('Expiration')) };
}
