import { readFile } from 'node:fs/promises';
import { replaceFile } from '../machine/replace-file.js';
import { serversFile } from '../../proxies/nginx/stance.js';

/** What nginx is told of the app servers. It reads the file four times a second; on the disk it is the last known set, for a machine that boots again. */
export class ServersFile {
  private addresses: readonly string[] = [];
  private closing = false;
  private written: string | undefined;
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly path = serversFile) {}

  /** Takes up what was known last. */
  async recall(): Promise<readonly string[]> {
    const text = await readFile(this.path, 'utf8').catch(() => '');
    this.addresses = text.split('\n').filter((line) => /^[\d.]+:\d+$/.test(line));
    return this.addresses;
  }

  /**
   * @param addresses as in `10.0.1.5:8000`
   * @returns whether it is another set than before
   */
  async use(addresses: readonly string[]): Promise<boolean> {
    const before = this.written;
    this.addresses = [...addresses].sort();
    await this.write();
    return before !== this.written;
  }

  /** Whether visitors' connections are closed with their answers from now on: nginx is about to leave, or to reload. */
  async close(closing: boolean): Promise<void> {
    this.closing = closing;
    await this.write();
  }

  private write(): Promise<void> {
    return this.turn = this.turn.catch(() => {}).then(async () => {
      const text = `${this.closing ? 'closing\n' : ''}${this.addresses.map((address) => `${address}\n`).join('')}`;
      if (text === this.written) return;
      await replaceFile(this.path, text);
      this.written = text;
    });
  }
}
