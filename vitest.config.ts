import { defineConfig } from 'vitest/config';

/**
 * `fast` boots no machine and asks no index; `build` resolves real dependencies; `lab` boots real machines, one file at a time
 * because two of them would fight for two cores.
 */
export default defineConfig({
  test: {
    globalSetup: './test/tools.ts',
    // Vitest would leave one processor idle, which of two is half.
    maxWorkers: '100%',
    reporters: ['default', './test/closing-line.ts'],
    projects: [
      { test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: ['test/lab/*.test.ts', 'test/lab/!(scenarios)/**', 'test/**/*.build.test.ts', 'test/**/*.lab.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: 'build', include: ['test/**/*.build.test.ts'], testTimeout: 180_000, hookTimeout: 180_000, fileParallelism: false } },
      { test: { name: 'lab', include: ['test/lab/**/*.test.ts', 'test/**/*.lab.test.ts', 'lab/scenarios/*.test.ts'], exclude: ['test/lab/scenarios/**'], testTimeout: 600_000, hookTimeout: 600_000, fileParallelism: false } },
    ],
  },
});
