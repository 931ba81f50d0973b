import { type CloudFormationClient, paginateDescribeStackEvents, type StackEvent } from '@aws-sdk/client-cloudformation';
import type { KeptRelease } from '../app-runtime/kept-releases.js';

/** From when an update went forth that CloudFormation took back, and when it turned, in milliseconds since 1970. What served after that had come back. */
export interface TakenBack {
  readonly began: number;
  readonly turned: number;
}

/** What an update begins with, and turns with, by the status of the stack itself. */
const BEGINS = 'UPDATE_IN_PROGRESS';
const TURNS = 'UPDATE_ROLLBACK_IN_PROGRESS';

/** The updates of a stack since a moment that were taken back. */
export async function takenBack(stackName: string, since: number, client: CloudFormationClient): Promise<readonly TakenBack[]> {
  const events: StackEvent[] = [];
  for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client }, { StackName: stackName })) {
    events.push(...StackEvents);
    if (at(StackEvents.at(-1)) < since) break;
  }
  return updatesTakenBack(events);
}

/** @param events newest first, as CloudFormation tells them */
export function updatesTakenBack(events: readonly Pick<StackEvent, 'StackId' | 'PhysicalResourceId' | 'ResourceStatus' | 'Timestamp'>[]): readonly TakenBack[] {
  const own = events.filter(({ StackId, PhysicalResourceId }) => PhysicalResourceId === StackId);
  return own.flatMap((event, index) => {
    if (event.ResourceStatus !== TURNS) return [];
    const begin = own.slice(index + 1).find(({ ResourceStatus }) => ResourceStatus === BEGINS);
    return [{ began: begin === undefined ? 0 : at(begin), turned: at(event) }];
  });
}

/** A release that served in an update that was then taken back is not what a person means by the one before; what serves is left in its place. */
export function withoutFailed(releases: readonly KeptRelease[], failed: readonly TakenBack[]): readonly KeptRelease[] {
  return releases.filter(({ served }, index) => index === 0 || !failed.some(({ began, turned }) => Date.parse(served) >= began && Date.parse(served) <= turned));
}

function at(event: Pick<StackEvent, 'Timestamp'> | undefined): number {
  return event?.Timestamp?.getTime() ?? 0;
}
