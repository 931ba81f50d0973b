import type { Aws } from '../aws/aws.js';
import { pause } from '../aws/retry.js';
import { log } from '../machine/log.js';
import { AUTOSCALING, type Lifecycle } from './lifecycle.js';
import { type History, observed, whoIsSick } from './sick.js';

const ELB = '2015-12-01';

/** How often a server looks how the others are, in milliseconds. Every server looks: with twenty of them that is two questions a second. */
const WATCH = 10_000;

/** How long a server that leaves waits for the load balancer's word, and between two questions, in milliseconds. */
const LET_GO = { most: 12_000, look: 1_000 };

/** States in which a load balancer sends a target nothing any more. Source: DescribeTargetHealth. */
const GONE = ['draining', 'unused'];

/** The target groups of a managed load balancer that the machine's group is registered with. */
export class Targets {
  private arns: readonly string[] | undefined;

  constructor(private readonly aws: Pick<Aws, 'query'>, private readonly lifecycle: Lifecycle) {}

  /** How the load balancer finds each server, by instance id: `initial`, `healthy`, `unhealthy`, `draining`, `unused`. */
  async states(limit = 5): Promise<ReadonlyMap<string, string>> {
    const answers = await Promise.all((await this.groups(limit)).map((TargetGroupArn) => this.aws.query('elasticloadbalancing', 'DescribeTargetHealth', ELB, { TargetGroupArn }, limit)));
    return new Map(answers.flatMap((answer) => answer.split('<member>').slice(1).flatMap(stateOf)));
  }

  /** Takes this machine out, as far as the load balancer's API can be reached in time: its health checks find out as well. */
  async leave(): Promise<void> {
    const late = pause(LET_GO.most).then(() => { throw new Error(`it must say so within ${LET_GO.most / 1000} s, got no word of it`); });
    await Promise.race([this.takeOut(), late]).catch((error: Error) => log('could not leave the load balancer', { error: error.message }));
  }

  /** Has servers replaced that the load balancer finds unhealthy while most are well. */
  async watch(period = WATCH): Promise<never> {
    for (let history: History = new Map(); ; await pause(period)) {
      try {
        history = observed(history, found(await this.states()), Date.now());
        for (const id of whoIsSick(history, Date.now())) await this.lifecycle.replace(id);
      } catch (error) {
        // What was not seen for a while must not count as an illness that lasted.
        history = new Map();
        log('could not look after the other servers', { error: (error as Error).message });
      }
    }
  }

  private async takeOut(): Promise<void> {
    for (const TargetGroupArn of await this.groups(5)) {
      await this.aws.query('elasticloadbalancing', 'DeregisterTargets', ELB, { TargetGroupArn, 'Targets.member.1.Id': this.lifecycle.instanceId }, 5);
    }
    for (const end = Date.now() + LET_GO.most; Date.now() < end; await pause(LET_GO.look)) {
      if (GONE.includes((await this.states()).get(this.lifecycle.instanceId) ?? 'unused')) return;
    }
  }

  private async groups(limit: number): Promise<readonly string[]> {
    if (this.arns === undefined) {
      const answer = await this.aws.query('autoscaling', 'DescribeAutoScalingGroups', AUTOSCALING, { 'AutoScalingGroupNames.member.1': await this.lifecycle.groupOf(limit) }, limit);
      const list = /<TargetGroupARNs>(.*?)<\/TargetGroupARNs>/s.exec(answer)?.[1] ?? '';
      this.arns = [...list.matchAll(/<member>(.*?)<\/member>/gs)].map(([, arn]) => arn!.trim());
    }
    return this.arns;
  }
}

/** A target by its id and its state; there is another state in an entry, of an override that an operator made. */
function stateOf(entry: string): readonly (readonly [string, string])[] {
  const id = /<Target>.*?<Id>(.*?)<\/Id>/s.exec(entry)?.[1];
  const state = /<TargetHealth>.*?<State>(.*?)<\/State>/s.exec(entry)?.[1];
  return id === undefined || state === undefined ? [] : [[id, state]];
}

/** Who serves, and how: one that begins or leaves is neither well nor ill. */
function found(states: ReadonlyMap<string, string>): ReadonlyMap<string, boolean> {
  return new Map([...states].filter(([, state]) => state === 'healthy' || state === 'unhealthy').map(([id, state]) => [id, state === 'healthy']));
}
