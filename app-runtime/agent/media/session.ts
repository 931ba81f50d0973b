import type { Credentials } from '../aws/metadata.js';
import { log } from '../machine/log.js';

/**
 * When credentials that are left are renewed, in milliseconds before they end. The SDKs ask for new ones 5 to 15 minutes before: who has
 * shorter ones would be asked at each request.
 */
const RENEWAL = 30 * 60_000;

/** With less left than this, in milliseconds, nothing is handed out any more: a request that begins now must still be believed when it ends. */
const SHORT = 5 * 60_000;

/** Credentials of one role, renewed ahead of their time, and handed out for as long as they last when they cannot be. */
export class Session {
  private held: Credentials | undefined;
  private renewal: Promise<Credentials> | undefined;

  constructor(private readonly take: () => Promise<Credentials>) {}

  /** @throws Error when there are none, and none to be had */
  async credentials(): Promise<Credentials> {
    const { held } = this;
    const left = held === undefined ? 0 : held.expires - Date.now();
    if (held === undefined || left < SHORT) return this.renew();
    if (left < RENEWAL) this.renew().catch((error: Error) => log('could not renew credentials', { error: error.message, minutes: Math.floor(left / 60_000) }));
    return held;
  }

  /** However many ask, the role is taken on once. */
  private renew(): Promise<Credentials> {
    this.renewal ??= this.take().then((credentials) => { this.held = credentials; return credentials; }).finally(() => { this.renewal = undefined; });
    return this.renewal;
  }
}
