import { execa } from 'execa';
import { expect, test } from 'vitest';
import { PROJECT } from '../../../lab/lab.js';

test('twenty switches under load lose no request, double none and answer none with a wrong version', async () => {
  const { stdout, exitCode } = await execa('npm', ['run', '-s', 'bench:release', '--', '--switches', '20', '--alone'], { cwd: PROJECT, reject: false, stdin: 'ignore' });
  const [, requests = '0'] = /^20 switches, (\d+) requests, 0 lost, 0 doubled, 0 wrong version$/.exec(stdout.trim().split('\n').at(-1)!) ?? [];
  expect(Number(requests), stdout).toBeGreaterThan(2_000);
  expect(exitCode).toBe(0);
});
