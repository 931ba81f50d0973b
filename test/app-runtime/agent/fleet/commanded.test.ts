import { beforeEach, expect, test } from 'vitest';
import { AwsError } from '../../../../app-runtime/agent/aws/aws.js';
import { pause } from '../../../../app-runtime/agent/aws/retry.js';
import { FailedElsewhere, FleetCommand, type Turn } from '../../../../app-runtime/agent/fleet/commanded.js';

const LOCK = '/paddock/shop/commanded/0123456789ab';
/** A busy computer stops for a tenth of a second now and then, which must not be taken for silence. */
const times = { look: 5, renew: 10, silence: 400 };

/** Parameter Store as far as it is the referee: a parameter is made for one and refused to all others. */
let store: Map<string, string>;
/** Whether nobody can reach it. */
let away: boolean;
/** How often somebody looked. */
let looks: number;

beforeEach(() => [store, away, looks] = [new Map(), false, 0]);

const ssm = async (action: string, input: unknown): Promise<Record<string, any>> => {
  await pause(1);
  if (away) throw new Error('no answer');
  const { Name, Value, Overwrite } = input as { Name: string; Value: string; Overwrite: boolean };
  if (action === 'GetParameter') {
    looks++;
    return { Parameter: { Value: store.get(Name) } };
  }
  if (!Overwrite && store.has(Name)) throw new AwsError(400, 'ParameterAlreadyExists', 'ssm: ParameterAlreadyExists');
  store.set(Name, Value);
  return {};
};

const server = (instance: string) => new FleetCommand({ ssm }, LOCK, instance, times);
const left = (name: string, turn: Partial<Turn>) => store.set(name, JSON.stringify({ instance: 'i-0', state: 'running', at: '2026-11-28T00:00:00.000Z', ...turn }));
const turn = (name = LOCK) => JSON.parse(store.get(name)!) as Turn;

/** A command that counts its runs. */
function command(lasts = 40, fails = false, own = false) {
  const seen = { runs: 0 };
  return { seen, run: async () => { seen.runs++; await pause(lasts); if (fails) throw new Error('migrate must succeed, got a failure'); return own; } };
}

test('six servers that boot at once run the command once, and none goes on before it has ended', async () => {
  const { seen, run } = command();
  let ended = false;
  await Promise.all(Array.from({ length: 6 }, (_, index) => server(`i-${index}`).once(async () => { ended = await run().then(() => true); return false; }).then(() => expect(ended).toBe(true))));
  expect(seen.runs).toBe(1);
  expect(turn().state).toBe('done');
});

test('a server that comes later, by scale-out or a rollback, does not run it again', async () => {
  const { seen, run } = command();
  await server('i-1').once(run);
  await server('i-2').once(run);
  expect(seen.runs).toBe(1);
});

test('when it fails, those who waited fail too and say where it failed', async () => {
  const { seen, run } = command(40, true);
  const [first, second] = await Promise.allSettled([server('i-1').once(run), pause(10).then(() => server('i-2').once(run))]);
  expect((first as PromiseRejectedResult).reason).not.toBeInstanceOf(FailedElsewhere);
  expect((second as PromiseRejectedResult).reason).toBeInstanceOf(FailedElsewhere);
  expect((second as PromiseRejectedResult).reason.message).toBe('the release command must succeed, got a failure on i-1; correct what it says and deploy again');
  expect(seen.runs).toBe(1);
});

test('a release that is deployed again after its command failed runs it again', async () => {
  left(LOCK, { state: 'failed' });
  const { seen, run } = command();
  await Promise.all([server('i-1').once(run), server('i-2').once(run)]);
  expect(seen.runs).toBe(1);
  expect(turn(`${LOCK}.2`).state).toBe('done');
});

test('a runner that fell silent is taken over, by one server', async () => {
  left(LOCK, { state: 'running' });
  const { seen, run } = command();
  await Promise.all([server('i-1').once(run), server('i-2').once(run), server('i-3').once(run)]);
  expect(seen.runs).toBe(1);
});

test('a command that takes longer than the silence is not taken over while its runner renews it', async () => {
  const { seen, run } = command(1.5 * times.silence);
  await Promise.all([server('i-1').once(run), server('i-2').once(run)]);
  expect(seen.runs).toBe(1);
});

test('an API that was away for longer than the silence is not a runner that fell silent', async () => {
  const { seen, run } = command(2 * times.silence);
  const both = Promise.all([server('i-1').once(run), pause(10).then(() => server('i-2').once(run))]);
  await expect.poll(() => looks, { interval: 5 }).toBeGreaterThan(1);
  away = true;
  await pause(1.5 * times.silence);
  away = false;
  await both;
  expect(seen.runs).toBe(1);
});

test('an agent that was ended while it ran the command goes on with it', async () => {
  left(LOCK, { instance: 'i-1', state: 'running' });
  const { seen, run } = command();
  await server('i-1').once(run);
  expect(seen.runs).toBe(1);
  expect(turn().state).toBe('done');
});

test('the end of the command is told though the API is away just then', async () => {
  const { run } = command(20);
  const done = server('i-1').once(async () => { setTimeout(() => { away = false; }, 80); away = await run().then(() => true); return false; });
  await done;
  expect(turn().state).toBe('done');
});

test('a server whose database is its own has the command to run for it, though another one ran it', async () => {
  const { run } = command(40, false, true);
  expect(await Promise.all([server('i-1').once(run), pause(10).then(() => server('i-2').once(run))])).toEqual([false, true]);
  expect(await server('i-3').once(run)).toBe(true);
  expect(await server('i-1').once(run)).toBe(false);
});
