import type { ReleasePointer } from '../../release-pointer.js';
import type { MachineSettings } from '../../settings.js';
import { type Aws, AwsError } from '../aws/aws.js';
import { CLOUDFORMATION } from '../reporting/report.js';
import { retry } from '../aws/retry.js';

/** How long a stack may take to make the wait condition of a release after it changed the pointer, in seconds. */
const BEGINNING = 30;

/** CloudFormation's code when a stack has no such resource. */
const UNKNOWN = 'ValidationError';

/**
 * A release that served before comes back only by CloudFormation: by a deploy of it, by `npm run rollback`, or because a deploy failed.
 * In each of them the stack has the release's own wait condition. A pointer that somebody wrote by hand, or a script replayed, has none.
 * @throws Error when the stack knows nothing of the release
 */
export async function refuseReplay(aws: Aws, { stack }: MachineSettings, { digest, signal }: ReleasePointer): Promise<void> {
  const parameters = { StackName: stack.id, LogicalResourceId: signal };
  // The parameter changes a moment before the wait condition is there.
  try {
    await retry(BEGINNING, async () => {
      const resource = await aws.query('cloudformation', 'DescribeStackResource', CLOUDFORMATION, parameters);
      if (resource.includes('<ResourceStatus>DELETE_')) throw new AwsError(400, UNKNOWN, `${signal} is deleted`);
    }, unknown);
  } catch (error) {
    if (!unknown(error as Error)) throw error;
    throw new Error(`release ${digest.slice(0, 12)}: one that served before must come back by a deploy, got a pointer to it that no deploy wrote; run npm run rollback -- --to ${digest.slice(0, 12)}`);
  }
}

function unknown(error: Error): boolean {
  return error instanceof AwsError && error.code === UNKNOWN;
}
