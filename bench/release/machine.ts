import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { bundle } from '../../app-runtime/bundle.js';
import { inventory } from '../../lab/inventory.js';
import { existingLab } from '../../lab/lab.js';
import { Machine } from '../../lab/machine.js';
import type { Contender } from './contenders.js';

/** Where the driver lies in the machine. */
const FOLDER = 'opt/bench';

/** A lab's single node while it is under trial: its agent is stopped, and our driver is there in its place. */
export class TrialMachine {
  private constructor(
    /** Where its site answers: the Elastic IP. */
    readonly address: string,
    private readonly machine: Machine,
  ) {}

  /**
   * Takes the machine from its agent.
   * @param labName a lab with a single node that keeps two releases of `app`
   */
  static async take(labName: string): Promise<TrialMachine> {
    const lab = existingLab(labName);
    const [found] = (await inventory(lab)).machines;
    if (!found) throw new Error('bench: the lab must have a machine, got none; deploy single-node');
    const taken = new TrialMachine(found.address, new Machine(lab, found.id));
    taken.furnish();
    await taken.run(['systemctl', 'stop', 'paddock-agent.service']);
    return taken;
  }

  /** Gives the machine back to its agent. */
  async giveBack(): Promise<void> {
    rmSync(join(this.machine.root, FOLDER), { recursive: true, force: true });
    await this.run(['systemctl', 'start', 'paddock-agent.service']);
  }

  /** Names that the application stored with a mark, each as often as it stored it. */
  async stored({ data }: Contender, mark: string): Promise<string[]> {
    // The file is not there before the first one.
    const { stdout } = await this.run(['grep', '-s', `^${mark}-`, join(data, 'stored')], false);
    return stdout.split('\n').filter(Boolean).map((line) => line.split(' ')[0]!);
  }

  /** The driver, whose output can be read as it comes. */
  drive(...words: readonly string[]) {
    return this.run(['node', join('/', FOLDER, 'driver.mjs'), ...words], false);
  }

  private run(command: readonly string[], reject = true) {
    const [enter, args] = this.machine.enter(['env', '--ignore-environment', 'HOME=/root', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', ...command]);
    return execa(enter, args, { stdin: 'ignore', reject });
  }

  private furnish(): void {
    const scratch = mkdtempSync(join(tmpdir(), 'paddock-bench-'));
    try {
      bundle('../bench/release/driver.ts', join(scratch, 'driver.mjs'));
      cpSync(join(import.meta.dirname, 'ways/etc'), join(scratch, 'etc'), { recursive: true });
      mkdirSync(join(this.machine.root, FOLDER), { recursive: true });
      cpSync(scratch, join(this.machine.root, FOLDER), { recursive: true });
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }
}
