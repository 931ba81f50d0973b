import { pause } from '../aws/retry.js';
import type { Candidate } from './choice.js';
import { ask, type Condition } from './condition.js';
import type { Member } from './members.js';

/**
 * Milliseconds between two questions to a server, and how long it may take to answer. A server that hangs, or is gone, is out after
 * two of them: 2.1 s at most after it went, which leaves nginx the rest of 3 s.
 */
const TIMES = { period: 500, patience: 800 };

/** Questions in a row without an answer that are no accident; the second one follows the first at once. */
const BAD = 2;

/** The same after which nothing more is expected of a machine that takes connections and never answers: 2.9 s after it went. */
const LOST = 3;

/** Asks app servers how they are, each for as long as it is one. */
export class Watch {
  private readonly conditions = new Map<string, Condition>();
  private readonly members = new Map<string, Member>();

  /**
   * @param port where each server says how it is
   * @param heard called when a server is found otherwise than before
   * @param lost called when nothing more is expected of a server
   */
  constructor(private readonly port: number, private readonly heard: (member: Member, condition: Condition) => void, private readonly lost: (member: Member) => void, private readonly times = TIMES) {}

  /** Whom to ask from now on. */
  follow(members: readonly Member[]): void {
    const ids = new Set(members.map(({ instanceId }) => instanceId));
    for (const id of this.members.keys()) {
      if (!ids.has(id)) this.members.delete(id);
    }
    for (const member of members) {
      const known = this.members.has(member.instanceId);
      this.members.set(member.instanceId, member);
      if (!known) void this.keepAsking(member);
    }
  }

  get candidates(): readonly Candidate[] {
    return [...this.members.values()].map((member) => ({ ...member, condition: this.conditions.get(member.instanceId) }));
  }

  private async keepAsking(asked: Member): Promise<void> {
    const { instanceId, address } = asked;
    for (let bad = 0; this.members.get(instanceId)?.address === address;) {
      const began = Date.now();
      const condition = await ask(address, this.port, this.times.patience);
      bad = condition.found === 'answer' ? 0 : bad + 1;
      if (bad === 0 || bad >= BAD) this.note(instanceId, condition);
      if (bad === (condition.found === 'nothing' ? BAD : LOST) && condition.found !== 'refusal') this.lost(asked);
      if (bad !== 1) await pause(Math.max(0, began + this.times.period - Date.now()));
    }
    if (!this.members.has(instanceId)) this.conditions.delete(instanceId);
  }

  private note(instanceId: string, condition: Condition): void {
    const member = this.members.get(instanceId);
    if (!member) return;
    const before = this.conditions.get(instanceId);
    this.conditions.set(instanceId, condition);
    if (said(before) !== said(condition)) this.heard(member, condition);
  }
}

/** What of a condition matters to who takes requests. */
function said(condition: Condition | undefined): string {
  if (condition?.found !== 'answer') return condition?.found ?? '';
  const { state, ready, release } = condition.report;
  return `${state} ${ready} ${release}`;
}
