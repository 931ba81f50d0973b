import { isDeepStrictEqual } from 'node:util';
import { check, type Health, judged, type Question, UNKNOWN } from './health-check.js';
import type { HealthCheck } from './load-balancers.js';

/** One target of one group, checked again and again. */
interface Watched {
  readonly what: HealthCheck;
  readonly question: Question;
  readonly timer: NodeJS.Timeout;
  health: Health;
}

/** Checks the health of targets for as long as they are asked for. */
export class HealthWatch {
  private readonly watched = new Map<string, Watched>();

  /** @param changed hears that a target's state is another */
  constructor(private readonly changed: () => void) {}

  /** A target is checked from now on, at once and then at each interval. `known` is what the region thought of it before this watch. */
  watch(key: string, what: HealthCheck, question: Question, known: string): void {
    const before = this.watched.get(key);
    if (before && isDeepStrictEqual([before.what, before.question], [what, question])) return;
    clearInterval(before?.timer);
    const health = before?.health ?? (known === 'healthy' || known === 'unhealthy' ? { ...UNKNOWN, state: known } : UNKNOWN);
    this.watched.set(key, { what, question, health, timer: setInterval(() => void this.turn(key), what.interval * 1000) });
    void this.turn(key);
  }

  /** All others are let alone from now on. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const [key, { timer }] of this.watched) {
      if (keys.has(key)) continue;
      clearInterval(timer);
      this.watched.delete(key);
    }
  }

  of(key: string): Health {
    return this.watched.get(key)?.health ?? UNKNOWN;
  }

  private async turn(key: string): Promise<void> {
    const asked = this.watched.get(key);
    if (!asked) return;
    const result = await check(asked.what, asked.question);
    // Meanwhile the target may be gone, or asked otherwise.
    if (this.watched.get(key) !== asked) return;
    const { state } = asked.health;
    asked.health = judged(asked.health, result, asked.what);
    if (asked.health.state !== state) this.changed();
  }
}
