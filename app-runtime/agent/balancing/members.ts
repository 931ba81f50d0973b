import type { Aws } from '../aws/aws.js';
import { AUTOSCALING } from '../fleet/lifecycle.js';

const EC2 = '2016-11-15';

/** How long a question to AWS is tried again, in seconds: the next one comes soon. */
const PATIENCE = 4;

/** An app server as its group and EC2 know it. */
export interface Member {
  readonly instanceId: string;
  /** Its address in the VPC. */
  readonly address: string;
  /** Its state in the group, as in `InService`. */
  readonly lifecycleState: string;
}

/** States in which a server takes requests, or is about to. One that leaves is out as soon as its group says so. */
const AHEAD = /^(Pending|InService)/;

/** Who belongs to the group of app servers. */
export class Members {
  /** Private addresses stay with an instance for as long as it lives. */
  private readonly addresses = new Map<string, string>();

  constructor(private readonly aws: Pick<Aws, 'query'>, private readonly group: string) {}

  /** @throws Error when AWS does not say */
  async ask(): Promise<readonly Member[]> {
    const states = statesIn(await this.aws.query('autoscaling', 'DescribeAutoScalingGroups', AUTOSCALING, { 'AutoScalingGroupNames.member.1': this.group }, PATIENCE));
    const ahead = [...states].filter(([, state]) => AHEAD.test(state));
    await this.learn(ahead.map(([id]) => id).filter((id) => !this.addresses.has(id)));
    for (const id of this.addresses.keys()) if (!states.has(id)) this.addresses.delete(id);
    return ahead.flatMap(([instanceId, lifecycleState]) => {
      const address = this.addresses.get(instanceId);
      return address === undefined ? [] : [{ instanceId, address, lifecycleState }];
    });
  }

  private async learn(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const parameters = Object.fromEntries(ids.map((id, index) => [`InstanceId.${index + 1}`, id]));
    const answer = await this.aws.query('ec2', 'DescribeInstances', EC2, parameters, PATIENCE);
    for (const [id, address] of addressesIn(answer)) this.addresses.set(id, address);
  }
}

/** Lifecycle states in DescribeAutoScalingGroups' answer, by instance id. */
export function statesIn(xml: string): ReadonlyMap<string, string> {
  const instances = /<Instances>(.*?)<\/Instances>/s.exec(xml)?.[1] ?? '';
  return new Map(instances.split('</member>').flatMap((one) => {
    const [id, state] = [/<InstanceId>(.*?)<\/InstanceId>/s, /<LifecycleState>(.*?)<\/LifecycleState>/s].map((part) => part.exec(one)?.[1]);
    return id !== undefined && state !== undefined ? [[id, state] as const] : [];
  }));
}

/** Private addresses in DescribeInstances' answer, by instance id. One that ends has none. */
export function addressesIn(xml: string): ReadonlyMap<string, string> {
  return new Map(xml.split('<instanceId>').slice(1).flatMap((one) => {
    const address = /<privateIpAddress>([\d.]+)<\/privateIpAddress>/.exec(one)?.[1];
    return address === undefined ? [] : [[one.slice(0, one.indexOf('<')), address] as const];
  }));
}
