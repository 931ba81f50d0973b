import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with a line that says how many tests ran, so that one that tested nothing cannot look green. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const passed = states.filter((state) => state === 'passed').length;
    const broken = errors.length + modules.filter((module) => module.errors().length > 0).length;
    const failed = states.length - passed + broken;
    process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
    if (passed === 0) process.exitCode = 1;
  }
}
