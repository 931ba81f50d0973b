import { type Extent, promises } from './promises.js';
import type { Place } from './place.js';
import { Subject } from './subject.js';

/** What came of one promise: kept, perhaps with a figure, or not, with what came instead. */
export interface Outcome {
  readonly title: string;
  readonly kept: boolean;
  /** What was measured, or what went wrong. @default - nothing to add */
  readonly note?: string;
}

/** Hears each outcome as it comes, and of a promise that was not kept the folder in which the machines' journals outlive their lab. */
export type Hearer = (outcome: Outcome, journals?: string) => void;

/**
 * Deploys a gateway's example into a lab of its own, and asks it for each promise in turn.
 * @throws Error when the example cannot be deployed at all
 */
export async function conform(place: Place, extent: Extent, heard: Hearer = () => {}): Promise<readonly Outcome[]> {
  const site = new Subject(place);
  const outcomes: Outcome[] = [];
  try {
    await site.up();
    await site.begin();
    for (const { title, keep } of promises) {
      const outcome = await keep(site, extent).then(
        (note): Outcome => ({ title, kept: true, ...(note !== undefined && { note: note as string }) }),
        (error: Error): Outcome => ({ title, kept: false, note: error.message }),
      );
      outcomes.push(outcome);
      heard(outcome, outcome.kept ? undefined : await site.keepJournals());
    }
    return outcomes;
  } finally {
    await site.down();
  }
}
