import { createServer, type Server } from 'node:http';
import { createServer as listen } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { Following } from '../../../../app-runtime/agent/balancing/follow.js';
import { addressesIn, statesIn } from '../../../../app-runtime/agent/balancing/members.js';

/** App servers on addresses of this computer's loopback, all on one port. */
const stop: (() => void)[] = [];
afterEach(() => stop.splice(0).forEach((end) => end()));

class Server8001 {
  state = 'serving';
  ready = true;
  private server: Server | undefined;
  constructor(readonly address: string, readonly port: number) {}
  async start(): Promise<this> {
    this.server = createServer((_, answer) => {
      if (this.state === 'hangs') return;
      answer.writeHead(this.ready && this.state === 'serving' ? 200 : 503).end(JSON.stringify({ state: this.state, ready: this.ready, release: 'r1', busy: 0, backlog: 0, threads: 48 }));
    });
    await new Promise<void>((done) => this.server!.listen(this.port, this.address, done));
    stop.push(() => this.end());
    return this;
  }
  end(): void {
    this.server?.closeAllConnections();
    this.server?.close();
  }
}

/** AWS's answers, as the Query protocol has them. */
class Group {
  away = false;
  asked: string[] = [];
  readonly states = new Map<string, string>();
  readonly query = async (_service: string, action: string): Promise<string> => {
    this.asked.push(action);
    if (this.away) throw new Error('the API is away');
    const ids = [...this.states.keys()];
    if (action === 'DescribeInstances') return `<DescribeInstancesResponse><reservationSet>${ids.map((id) => `<item><instancesSet><item><instanceId>${id}</instanceId><privateIpAddress>${id.slice(2)}</privateIpAddress></item></instancesSet></item>`).join('')}</reservationSet></DescribeInstancesResponse>`;
    return `<DescribeAutoScalingGroupsResponse><member><Instances>${[...this.states].map(([id, state]) => `<member><InstanceId>${id}</InstanceId><LifecycleState>${state}</LifecycleState></member>`).join('')}</Instances></member></DescribeAutoScalingGroupsResponse>`;
  };
}

async function following(states: Record<string, string>) {
  const group = new Group();
  for (const [address, state] of Object.entries(states)) group.states.set(`i-${address}`, state);
  const port = await freePort();
  let named: readonly string[] = [];
  const follower = new Following(group, 'Group', { use: async (addresses) => { const changed = addresses.join() !== named.join(); named = addresses; return changed; } }, { usual: 300, eager: 100, look: 20 }, { health: port, gateway: 8000 });
  return { group, port, named: () => named, follower, begin: () => void follower.follow() };
}

async function freePort(): Promise<number> {
  return new Promise((done) => { const probe = listen().listen(0, '127.0.0.1', () => { const { port } = probe.address() as AddressInfo; probe.close(() => done(port)); }); });
}

async function until(what: () => boolean, limit = 5_000): Promise<number> {
  const began = Date.now();
  while (!what()) {
    if (Date.now() - began > limit) throw new Error(`must happen within ${limit} ms, got nothing`);
    await pause(20);
  }
  return Date.now() - began;
}

test('a server takes requests as soon as it is ready and in service, and none as soon as it says that it leaves', async () => {
  const fleet = await following({ '127.0.0.11': 'InService', '127.0.0.12': 'Pending:Wait' });
  const [one, two] = await Promise.all([new Server8001('127.0.0.11', fleet.port).start(), new Server8001('127.0.0.12', fleet.port).start()]);
  two.state = 'starting';
  fleet.begin();
  await until(() => fleet.named().join() === '127.0.0.11:8000');
  two.state = 'serving';
  await pause(700);
  expect(fleet.named()).toEqual(['127.0.0.11:8000']);
  fleet.group.states.set('i-127.0.0.12', 'InService');
  expect(await until(() => fleet.named().length === 2)).toBeLessThan(1_000);
  one.state = 'draining';
  expect(await until(() => fleet.named().join() === '127.0.0.12:8000')).toBeLessThan(1_000);
});

test('a server that hangs, and one that is gone, take none within three seconds', async () => {
  const fleet = await following({ '127.0.0.11': 'InService', '127.0.0.12': 'InService', '127.0.0.13': 'InService' });
  const [, two, three] = await Promise.all(['127.0.0.11', '127.0.0.12', '127.0.0.13'].map((address) => new Server8001(address, fleet.port).start()));
  fleet.begin();
  await until(() => fleet.named().length === 3);
  two!.state = 'hangs';
  three!.end();
  expect(await until(() => fleet.named().join() === '127.0.0.11:8000')).toBeLessThan(2_750);
  await until(() => fleet.follower.unhealthy === 2);
});

test('while AWS is away the last answer holds, and a server that leaves is out all the same', async () => {
  const fleet = await following({ '127.0.0.11': 'InService', '127.0.0.12': 'InService' });
  const [one] = await Promise.all(['127.0.0.11', '127.0.0.12'].map((address) => new Server8001(address, fleet.port).start()));
  fleet.begin();
  await until(() => fleet.named().length === 2);
  fleet.group.away = true;
  await pause(700);
  expect(fleet.named()).toHaveLength(2);
  one!.state = 'draining';
  await until(() => fleet.named().join() === '127.0.0.12:8000');
});

test('EC2 is asked for an address once', async () => {
  const fleet = await following({ '127.0.0.11': 'InService' });
  await new Server8001('127.0.0.11', fleet.port).start();
  fleet.begin();
  await until(() => fleet.group.asked.length > 4);
  expect(fleet.group.asked.filter((action) => action === 'DescribeInstances')).toHaveLength(1);
});

test('what belongs to an instance is read from its own part of an answer', () => {
  expect(addressesIn('<item><instanceId>i-1</instanceId><item><instanceId>i-2</instanceId><privateIpAddress>10.0.0.2</privateIpAddress><networkInterfaceSet><privateIpAddress>10.0.0.9</privateIpAddress>')).toEqual(new Map([['i-2', '10.0.0.2']]));
  expect(statesIn('<Instances><member><LifecycleState>Pending:Wait</LifecycleState><InstanceId>i-1</InstanceId></member><member><InstanceId>i-2</InstanceId><LifecycleState>InService</LifecycleState></member></Instances><LifecycleState>x</LifecycleState>'))
    .toEqual(new Map([['i-1', 'Pending:Wait'], ['i-2', 'InService']]));
});
