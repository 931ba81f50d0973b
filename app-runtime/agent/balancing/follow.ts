import { splitTier } from '../../split-tier.js';
import type { Aws } from '../aws/aws.js';
import { pause } from '../aws/retry.js';
import { log } from '../machine/log.js';
import { type Candidate, chosen, inService, servedRelease, well } from './choice.js';
import type { Condition } from './condition.js';
import { cut } from './cut.js';
import { type Member, Members } from './members.js';
import type { ServersFile } from './servers-file.js';
import { Watch } from './watch.js';

/**
 * Milliseconds between two questions to the group: usually, while a server that is ready waits to be in service, and between two looks
 * whether one does.
 */
const TIMES = { usual: 5_000, eager: 1_000, look: 250 };

/**
 * Follows the app servers: their group says who is in service, each of them how it is, and nginx is told of those that take requests.
 * While AWS's API is away the last answer holds, and who is well among those goes on being asked of themselves.
 */
export class Following {
  private readonly members: Members;
  private readonly watch: Watch;
  private away = false;

  constructor(aws: Pick<Aws, 'query'>, group: string, private readonly servers: Pick<ServersFile, 'use'>, private readonly times = TIMES,
    private readonly ports: Readonly<Record<'health' | 'gateway', number>> = { health: splitTier.healthPort, gateway: splitTier.gatewayPort }) {
    this.members = new Members(aws, group);
    this.watch = new Watch(ports.health, (member, condition) => this.hear(member, condition), ({ address }) => this.lose(address));
  }

  /** Every server that is in service or about to be, and how it answered last. */
  get candidates(): readonly Candidate[] {
    return this.watch.candidates;
  }

  /** The release that most of them serve. */
  get release(): string | undefined {
    return servedRelease(this.candidates);
  }

  /** Servers in service that do not answer well, and are not about to leave. */
  get unhealthy(): number {
    const leaves = ({ condition }: Candidate) => condition?.found === 'answer' && condition.report.state === 'draining';
    return this.candidates.filter(inService).filter((candidate) => candidate.condition !== undefined && !leaves(candidate) && !well(candidate)).length;
  }

  async follow(): Promise<never> {
    for (;;) {
      const asked = Date.now();
      await this.askGroup();
      while (Date.now() - asked < (this.waitedFor() ? this.times.eager : this.times.usual)) await pause(this.times.look);
    }
  }

  private async askGroup(): Promise<void> {
    try {
      this.watch.follow(await this.members.ask());
      if (this.away) log('asked for the servers again');
      this.away = false;
      await this.decide();
    } catch (error) {
      if (!this.away) log('could not ask for the servers', { error: (error as Error).message });
      this.away = true;
    }
  }

  /** Whether a server is ready and its group has not said yet that it is in service. */
  private waitedFor(): boolean {
    return this.candidates.some((candidate) => !inService(candidate) && well(candidate));
  }

  private hear({ instanceId, address }: Member, condition: Condition): void {
    log('found server', { instance: instanceId, server: address, ...(condition.found === 'answer' ? { state: condition.report.state, ready: condition.report.ready } : { found: condition.found }) });
    void this.decide().catch((error: Error) => log('could not name the servers', { error: error.message }));
  }

  /** Where fewer than half are well it may be this machine that hears nothing, and what is under way goes on. */
  private lose(address: string): void {
    const serving = this.candidates.filter(inService);
    if (serving.filter(well).length * 2 < serving.length) return;
    void cut(address, this.ports.gateway).catch((error: Error) => log('could not cut connections', { server: address, error: error.message }));
  }

  private async decide(): Promise<void> {
    const { candidates } = this;
    // A group without any server has none to send requests to, and the last known ones are as good as none.
    if (candidates.length === 0) return;
    const addresses = chosen(candidates).map(({ address }) => `${address}:${this.ports.gateway}`);
    if (await this.servers.use(addresses)) log('named servers', { servers: addresses });
  }
}
