import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a server, or a release, is told to behave; `''` is well. The fleet's application does it within half a second. */
export type Mode =
  | ''
  /** Its pages answer 500 at once, and its readiness is good. */
  | 'fails'
  /** Whatever it is asked, it answers 500 at once. */
  | 'sick'
  /** It takes requests and answers none. */
  | 'hangs';

/**
 * What servers that come and go share, as a database would be: it counts each name that it is sent, and outlives them all. It also tells the
 * application how to behave, so that a scenario can make one server fail, or one release at the moment of its choice.
 */
export class Store {
  private readonly counts = new Map<string, number>();
  private readonly modes = new Map<string, Mode>();

  private constructor(private readonly server: Server, private readonly address: string) {}

  /** @param address where it listens: the lab's host address, which machines reach */
  static async open(address: string): Promise<Store> {
    const server = createServer();
    const store = new Store(server, address);
    server.on('request', (question, answer) => {
      const [, verb = '', ...words] = question.url!.split('/').map(decodeURIComponent);
      question.resume().on('end', () => answer.end(store.answer(question.method!, verb, words)));
    });
    await new Promise<void>((done, failed) => server.once('error', failed).listen(0, address, () => done()));
    return store;
  }

  /** `host:port`, as the application is told. */
  get place(): string {
    return `${this.address}:${(this.server.address() as AddressInfo).port}`;
  }

  /** Names that a load had stored, each as often as it was. */
  stored(mark: string): string[] {
    return [...this.counts].filter(([name]) => name.startsWith(`${mark}-`)).flatMap(([name, count]) => Array.from({ length: count }, () => name));
  }

  /** @param who a server by its host name, or a release by its version */
  behave(who: string, mode: Mode): void {
    this.modes.set(who, mode);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** `POST /stored/<name>` counts, `GET /mode/<server>/<version>` tells. */
  private answer(method: string, verb: string, words: readonly string[]): string {
    if (method === 'POST' && verb === 'stored') this.counts.set(words[0]!, (this.counts.get(words[0]!) ?? 0) + 1);
    if (method === 'GET' && verb === 'mode') return words.map((word) => this.modes.get(word) ?? '').find(Boolean) ?? '';
    return '';
  }
}
