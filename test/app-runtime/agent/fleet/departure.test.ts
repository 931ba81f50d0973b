import { expect, test } from 'vitest';
import { pause } from '../../../../app-runtime/agent/aws/retry.js';
import { depart, signToLeave, toldToLeave } from '../../../../app-runtime/agent/fleet/departure.js';
import { whileWaitedFor } from '../../../../app-runtime/agent/fleet/heartbeat.js';

const LIFECYCLE = 'meta-data/autoscaling/target-lifecycle-state';
const SPOT = 'meta-data/spot/instance-action';

/** A metadata service that has these entries. */
const metadata = (entries: Readonly<Record<string, string>>) => ({ look: async (path: string) => entries[path] });

/** A group that takes the word at the n-th time and refuses it before. */
function group(refusals: number) {
  const said: string[] = [];
  let left = refusals;
  return {
    said,
    heartbeat: async () => { throw new Error('Throttling'); },
    complete: async (hook: string, result: string) => {
      said.push(`${hook} ${result}`);
      if (left-- > 0) throw new Error('the API is away');
      return true;
    },
  };
}

test('a machine in service is not told to leave', async () => {
  expect(await signToLeave(metadata({ [LIFECYCLE]: 'InService' }))).toBeUndefined();
  expect(await signToLeave({ look: async () => { throw new Error('away'); } })).toBeUndefined();
});

test('the group\'s wish and a spot notice are signs to leave', async () => {
  expect(await signToLeave(metadata({ [LIFECYCLE]: 'Terminated\n' }))).toBe('terminating');
  expect(await signToLeave(metadata({ [LIFECYCLE]: 'Warmed:Terminated' }))).toBe('terminating');
  expect(await signToLeave(metadata({ [LIFECYCLE]: 'InService', [SPOT]: '{"action": "terminate", "time": "2026-11-28T08:22:00Z"}' }))).toBe('spot notice');
});

test('the machine waits for the sign', async () => {
  const entries = { [LIFECYCLE]: 'InService' };
  setTimeout(() => { entries[LIFECYCLE] = 'Terminated'; }, 30);
  expect(await toldToLeave(metadata(entries), 5)).toBe('terminating');
});

test('steps are taken in order, each to its end, and a step that fails leaves out none', async () => {
  const taken: string[] = [];
  const { said, ...lifecycle } = group(0);
  await depart(lifecycle, 'terminating', {
    'let go': async () => { await pause(20); taken.push('let go'); throw new Error('in vain'); },
    'gateway': async () => { taken.push(`gateway, ${said.length} said`); },
  });
  expect(taken).toEqual(['let go', 'gateway, 0 said']);
  expect(said).toEqual(['terminating CONTINUE']);
});

test('an API that refuses makes no step shorter, and is told again until it hears', async () => {
  const { said, ...lifecycle } = group(3);
  let empty = false;
  await depart(lifecycle, 'spot notice', { gateway: async () => { await pause(50); empty = true; } }, 5);
  expect(empty).toBe(true);
  expect(said).toHaveLength(4);
});

test('a group that does not wait yet is told again', async () => {
  const words = [false, false, true];
  await depart({ heartbeat: async () => {}, complete: async () => words.shift()! }, 'terminating', {}, 5);
  expect(words).toEqual([]);
});

test('the group is made to wait for as long as the work takes and no longer', async () => {
  let beats = 0;
  const lifecycle = { heartbeat: async () => { beats++; } };
  expect(await whileWaitedFor(lifecycle, 'launching', async () => { while (beats < 3) await pause(5); return 'done'; }, 10)).toBe('done');
  const then = beats;
  await pause(40);
  expect(beats).toBe(then);
});
