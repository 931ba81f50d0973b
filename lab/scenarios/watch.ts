import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** What a site's visitors met while they were watched. */
export interface Seen {
  /** How often each answer came. */
  readonly answers: Readonly<Record<string, number>>;
  /** What was no good answer, one line each. */
  readonly failures: readonly string[];
}

/** Visitors of a site, who ask for a page again and again on connections that they keep. */
export class Watch {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 4 });
  private readonly answers: Record<string, number> = {};
  private readonly failures: string[] = [];
  private readonly visitors: Promise<void>[];
  private going = true;

  /** @param tells what of a page tells one answer from another. @default - all of it */
  constructor(private readonly url: string, private readonly tells: (page: string) => string = (page) => page) {
    this.visitors = Array.from({ length: 4 }, () => this.visit());
  }

  async end(): Promise<Seen> {
    this.going = false;
    await Promise.all(this.visitors);
    this.agent.destroy();
    return { answers: this.answers, failures: this.failures };
  }

  private async visit(): Promise<void> {
    for (; this.going; await pause(20)) {
      try {
        const { status, body } = await this.get();
        const answer = this.tells(body);
        if (status === 200) this.answers[answer] = (this.answers[answer] ?? 0) + 1;
        else this.failures.push(`${status} ${body.slice(0, 60)}`);
      } catch (error) {
        this.failures.push((error as Error).message);
      }
    }
  }

  private get(): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      request(this.url, { agent: this.agent, timeout: 30_000 }, (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (part: string) => { body += part; }).on('end', () => resolve({ status: answer.statusCode!, body })).on('error', reject);
      }).on('error', reject).end();
    });
  }
}
