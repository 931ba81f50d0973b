import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest, of which the last one to begin would run alone at the end; the two fleets apart, because each wants a processor of its own. */
const FIRST = ['split-tier-alb.test.ts', 'releases.test.ts', 'split-tier-nginx.test.ts'];

/** Begins with what takes longest. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const first = FIRST.flatMap((name) => sorted.filter(({ moduleId }) => moduleId.endsWith(`scenarios/${name}`)));
    return [...first, ...sorted.filter((file) => !first.includes(file))];
  }
}
