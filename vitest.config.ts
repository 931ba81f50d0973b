import { defineConfig } from 'vitest/config';
import LongestFirst from './test/order.js';

/**
 * `fast` boots no machine and asks no index; `build` resolves real dependencies; `lab` boots real machines. One after another: what
 * is fast has times in it that a lab beside it would break. Two labs wait for each other's machines less than for their own clocks.
 * CloudFormation's validator takes three quarters of the processor's time of a synth: test/lib/validator.test.ts asks it, once for all.
 */
const env = { CDK_VALIDATION: 'false' };

export default defineConfig({
  test: {
    globalSetup: './test/tools.ts',
    // Vitest would leave one processor idle, which of two is half.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      { test: { name: 'fast', env, include: ['test/**/*.test.ts'], exclude: ['test/lab/*.test.ts', 'test/lab/!(scenarios)/**', 'test/**/*.build.test.ts', 'test/**/*.lab.test.ts'], testTimeout: 60_000, hookTimeout: 60_000, sequence: { groupOrder: 0 } } },
      { test: { name: 'build', env, include: ['test/**/*.build.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, fileParallelism: false, sequence: { groupOrder: 1 } } },
      { test: { name: 'lab', env, include: ['test/lab/**/*.test.ts', 'test/**/*.lab.test.ts', 'lab/scenarios/*.test.ts'], exclude: ['test/lab/scenarios/**'], testTimeout: 600_000, hookTimeout: 600_000, maxWorkers: 2, sequence: { groupOrder: 2 } } },
    ],
  },
});
