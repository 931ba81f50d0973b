import { setTimeout as sleep } from 'node:timers/promises';
import { Api, listAt, textAt } from '../../lab/api.js';
import { run } from '../../lab/command.js';
import { down } from '../../lab/down.js';
import type { Lab } from '../../lab/lab.js';
import { Machine } from '../../lab/machine.js';
import { up } from '../../lab/up.js';

/** A lab of a test's own, beside any other. */
export class TestLab {
  private constructor(readonly lab: Lab, readonly api: Api) {}

  static async start(purpose: string): Promise<TestLab> {
    const lab = await up(nameOf(purpose));
    return new TestLab(lab, new Api({ url: lab.endpoint }));
  }

  static async stop(purpose: string): Promise<void> {
    await down(nameOf(purpose));
  }

  /** Launches an instance of Debian 13 and waits until its user data was run. */
  async launch(userData: string, zone = 'us-east-1a'): Promise<Machine> {
    const first = async (action: string, list: string, name: string, filters = {}) =>
      textAt(listAt(await this.api.query('ec2', action, filters), list)[0], name);
    const script = `#!/bin/bash\n${userData}\ntouch /var/tmp/done\n`;
    const answer = await this.api.query('ec2', 'RunInstances', {
      'ImageId': await first('DescribeImages', 'imagesSet', 'imageId', { 'Filter.1.Name': 'architecture', 'Filter.1.Value.1': process.arch === 'arm64' ? 'arm64' : 'x86_64' }),
      'MinCount': '1', 'MaxCount': '1', 'MetadataOptions.HttpTokens': 'required',
      'SubnetId': await first('DescribeSubnets', 'subnetSet', 'subnetId', { 'Filter.1.Name': 'availabilityZone', 'Filter.1.Value.1': zone }),
      'UserData': Buffer.from(script).toString('base64'),
    });
    const machine = new Machine(this.lab, textAt(listAt(answer, 'instancesSet')[0], 'instanceId'));
    await until(`${machine.id} ran its user data`, () => inside(machine, 'test -e /var/tmp/done && echo yes'));
    return machine;
  }
}

/** What a shell command in the machine prints; empty when it fails. */
export async function inside(machine: Machine, script: string): Promise<string> {
  if (!machine.leader) return '';
  return run(...machine.enter(['sh', '-c', script])).catch(() => '');
}

/** Waits until something is so. */
export async function until<T>(what: string, question: () => T | Promise<T>, seconds = 20): Promise<T> {
  for (const end = Date.now() + seconds * 1000; ; await sleep(100)) {
    const answer = await question();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`${what}: not so after ${seconds} s`);
  }
}

const nameOf = (purpose: string): string => `test-${purpose}-${process.pid}`;
