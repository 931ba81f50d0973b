import { connect } from 'node:net';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { tcpBacklog } from '../../../../app-runtime/agent/metrics/listen-backlog.js';
import { Gateway, SIZE } from './a-gateway.js';

let gateway: Gateway;
beforeEach(async () => { gateway = await Gateway.start(); });
afterEach(() => gateway.stop());
afterAll(() => Gateway.remove());

const idle = () => gateway.until(async () => await gateway.busy() === 0, 6);

describe('a thread counts as busy', () => {
  test('from the moment that it has a request until it has answered', async () => {
    const asked = [1, 2, 3].map(() => gateway.ask('/wait/0.5'));
    expect(await gateway.until(async () => await gateway.busy() === 3)).toBe(true);
    expect(await Promise.all(asked)).toEqual([200, 200, 200]);
    expect(await idle()).toBe(true);
  });

  test('while it streams', async () => {
    const asked = gateway.leave('/stream', 600);
    expect(await gateway.until(async () => await gateway.busy() === 1)).toBe(true);
    await asked;
    expect(await idle()).toBe(true);
  });

  test.each(['/fails', '/exits', '/breaks'])('and no longer when the application ends so: %s', async (path) => {
    await Promise.all(Array.from({ length: 20 }, () => gateway.ask(path)));
    expect(await idle()).toBe(true);
    expect(await gateway.ask('/')).toBe(200);
  });

  test('and no longer when its visitor has gone', async () => {
    await Promise.all(Array.from({ length: 6 }, () => gateway.leave('/wait/0.3', 50)));
    expect(await idle()).toBe(true);
  });

  test('but never more of them than there are, whatever comes', async () => {
    let most = 0;
    let going = true;
    const watched = (async () => { while (going) { most = Math.max(most, await gateway.busy()); await new Promise((done) => setTimeout(done, 2)); } })();
    const answers = await Promise.all(Array.from({ length: 400 }, () => gateway.ask('/wait/0.01')));
    going = false;
    await watched;
    expect(answers.every((status) => status === 200)).toBe(true);
    expect(most).toBe(SIZE.workers * SIZE.threads);
    expect(await idle()).toBe(true);
  });
});

describe('a worker', () => {
  test('has one mark, and none of it is left when it was killed at work', async () => {
    const before = gateway.workers();
    expect(before).toHaveLength(SIZE.workers);
    const asked = Array.from({ length: 8 }, () => gateway.ask('/wait/1'));
    expect(await gateway.until(async () => await gateway.busy() === 8)).toBe(true);
    process.kill(Number(before[0]), 'SIGKILL');
    expect(await gateway.until(() => !gateway.workers().includes(before[0]!) && gateway.workers().length === SIZE.workers)).toBe(true);
    expect(await gateway.busy()).toBeLessThanOrEqual(4);
    await Promise.all(asked);
    expect(await idle()).toBe(true);
  });

  test('that was ended by its time limit leaves none either', async () => {
    const before = gateway.workers();
    process.kill(Number(before[0]), 'SIGSTOP');
    expect(await gateway.until(() => !gateway.workers().includes(before[0]!) && gateway.workers().length === SIZE.workers, 20)).toBe(true);
    expect(await idle()).toBe(true);
  });
});

test('connections that no worker accepts are counted in the listen queue', async () => {
  const workers = gateway.workers().map(Number);
  for (const worker of workers) process.kill(worker, 'SIGSTOP');
  const clients = Array.from({ length: 7 }, () => connect(gateway.port, '127.0.0.1').on('error', () => {}));
  expect(await gateway.until(async () => await tcpBacklog(gateway.port) === 7)).toBe(true);
  for (const worker of workers) process.kill(worker, 'SIGCONT');
  expect(await gateway.until(async () => await tcpBacklog(gateway.port) === 0)).toBe(true);
  for (const client of clients) client.destroy();
});

test('connections that a worker has accepted, and has no thread for, are counted as waiting', async () => {
  const roomy = await Gateway.start(1000);
  const asked = Array.from({ length: 30 }, () => roomy.ask('/wait/0.5'));
  // Which worker takes them is the kernel's choice, and not an even one.
  expect(await roomy.until(async () => { const { busy, waiting } = await roomy.marked(); return busy + waiting === 30 && waiting >= 22; })).toBe(true);
  expect((await Promise.all(asked)).every((status) => status === 200)).toBe(true);
  expect(await roomy.until(async () => { const { busy, waiting } = await roomy.marked(); return busy === 0 && waiting === 0; }, 2)).toBe(true);
  await roomy.stop();
});
