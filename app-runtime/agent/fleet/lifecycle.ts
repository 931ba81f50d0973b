import { splitTier } from '../../split-tier.js';
import { type Aws, AwsError } from '../aws/aws.js';
import { pause } from '../aws/retry.js';
import { log } from '../machine/log.js';

export const AUTOSCALING = '2011-01-01';

/** A hook of the machine's group, where the group waits for the machine's word. */
export type Hook = keyof typeof splitTier.hooks;

/** What a machine says to its Auto Scaling group. */
export class Lifecycle {
  private group: string | undefined;

  constructor(private readonly aws: Pick<Aws, 'query'>, readonly instanceId: string) {}

  /**
   * Name of the group that this machine belongs to.
   * @param limit seconds
   */
  async groupOf(limit = 60): Promise<string> {
    if (this.group === undefined) {
      const name = /<AutoScalingGroupName>(.*?)<\/AutoScalingGroupName>/s.exec(await this.described(limit))?.[1];
      if (name === undefined) throw new Error(`autoscaling: ${this.instanceId} must be one of a group, got none; launch it by its group`);
      this.group = unescaped(name);
    }
    return this.group;
  }

  /**
   * Ends the group's waiting at a hook.
   * @param limit how long what passes is tried again, in seconds
   * @returns whether it waited there: it does not yet, or it was told before, or waited too long
   */
  async complete(hook: Hook, result: 'CONTINUE' | 'ABANDON', limit = 60): Promise<boolean> {
    const waited = await this.tell('CompleteLifecycleAction', hook, { LifecycleActionResult: result }, limit);
    if (waited) log('completed lifecycle action', { hook, result });
    return waited;
  }

  /**
   * Ends the group's waiting for a machine that was launched, as soon as it waits: a machine can be faster than its group. One that is
   * in service already, as after a reboot, is left alone; an API that is away is waited for.
   */
  async join(result: 'CONTINUE' | 'ABANDON', again = 1_000): Promise<void> {
    const told = async () => await this.complete('launching', result) || !/^(Warmed:)?Pending/.test(await this.state());
    while (!await told().catch((error: Error) => log('could not complete lifecycle action', { error: error.message }))) await pause(again);
  }

  /** The machine's own lifecycle state, as in `InService`; empty where it belongs to no group. */
  async state(): Promise<string> {
    return /<LifecycleState>(.*?)<\/LifecycleState>/s.exec(await this.described())?.[1] ?? '';
  }

  /** Makes the group wait on. */
  async heartbeat(hook: Hook, limit = 5): Promise<void> {
    await this.tell('RecordLifecycleActionHeartbeat', hook, {}, limit);
  }

  /** Asks that a server be replaced, whatever the group itself thinks of it. */
  async replace(instanceId: string): Promise<void> {
    const parameters = { InstanceId: instanceId, HealthStatus: 'Unhealthy', ShouldRespectGracePeriod: 'false' };
    await this.aws.query('autoscaling', 'SetInstanceHealth', AUTOSCALING, parameters, 5);
    log('asked for replacement', { instance: instanceId });
  }

  private described(limit = 60): Promise<string> {
    return this.aws.query('autoscaling', 'DescribeAutoScalingInstances', AUTOSCALING, { 'InstanceIds.member.1': this.instanceId }, limit);
  }

  private async tell(action: string, hook: Hook, more: Readonly<Record<string, string>>, limit: number): Promise<boolean> {
    const parameters = { AutoScalingGroupName: await this.groupOf(limit), LifecycleHookName: splitTier.hooks[hook], InstanceId: this.instanceId, ...more };
    try {
      await this.aws.query('autoscaling', action, AUTOSCALING, parameters, limit);
      return true;
    } catch (error) {
      if (!over(error as Error)) throw error;
      return false;
    }
  }
}

/** AWS's words for a hook where nobody waits. */
function over(error: Error): boolean {
  return error instanceof AwsError && error.code === 'ValidationError' && /No active Lifecycle Action/i.test(error.message);
}

function unescaped(xml: string): string {
  return xml.replace(/&(lt|gt|quot|apos|amp);/g, (_all, name: string) => ({ lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' })[name]!);
}
