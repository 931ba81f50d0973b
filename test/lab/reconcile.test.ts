import { describe, expect, test } from 'vitest';
import type { Instance } from '../../lab/cloud.js';
import { nextStep } from '../../lab/reconcile.js';

const instance = (state: Instance['state']) => ({ id: 'i-1', state }) as Instance;

describe('what the hypervisor does with a machine', () => {
  test.each([
    ['a launched instance gets a machine', 'pending', 'absent', 'boot'],
    ['a machine that runs as wanted is left alone', 'running', 'on', 'none'],
    ['a machine that rebooted is powered on again', 'running', 'rebooting', 'boot'],
    ['a machine that died is reported, so that its group replaces it', 'running', 'dead', 'report'],
    ['a stopped instance that was started again boots', 'running', 'off', 'boot'],
    ['a stopped instance is switched off and keeps its disk', 'stopping', 'on', 'power off'],
    ['a stopped instance that is off already is left alone', 'stopped', 'off', 'none'],
    ['a terminated instance loses its machine', 'terminated', 'on', 'remove'],
  ] as const)('%s', (_, state, power, step) => {
    expect(nextStep(instance(state), power)).toBe(step);
  });

  test('a machine of an instance that the region no longer knows is removed', () => {
    expect(nextStep(undefined, 'on')).toBe('remove');
  });
});
