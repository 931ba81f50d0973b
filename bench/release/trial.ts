import { Load } from '../../lab/scenarios/load.js';
import type { Switch } from '../../lab/scenarios/terms.js';
import { type Verdict, verdict } from '../../lab/scenarios/verdict.js';
import type { Contender } from './contenders.js';
import type { TrialMachine } from './machine.js';
import type { Told } from './told.js';

/** How a contender came off. */
export interface Outcome extends Verdict {
  readonly contender: Contender;
  /** Why it made fewer switches than it was to. */
  readonly broke?: string;
}

/** Hears of each switch that was made: how many, the requests so far, and those without a good answer. */
export type Progress = (switches: number, requests: number, faults: number) => void;

/**
 * Has two releases take turns on a machine while it is under load, and judges what visitors met.
 * @param count how many switches
 */
export async function trial(machine: TrialMachine, contender: Contender, count: number, progress: Progress = () => {}): Promise<Outcome> {
  const switches: Switch[] = [];
  let load: Load | undefined;
  let first = '';
  try {
    const broke = await drive(machine, contender, count, (told) => {
      if ('serves' in told) {
        first = told.serves;
        load = new Load({ address: machine.address, port: contender.port });
      } else {
        switches.push(told);
        progress(switches.length, load!.asked.length, load!.faults);
      }
    });
    const asked = await load?.end() ?? [];
    const stored = load ? await machine.stored(contender, load.mark) : [];
    return { contender, ...verdict(asked, first, switches, stored), ...broke !== undefined && { broke } };
  } finally {
    await load?.end();
    await machine.drive('end', contender.name);
  }
}

/** Runs the driver to its end. Returns its last words when that was not the end that was meant. */
async function drive(machine: TrialMachine, { name }: Contender, count: number, hear: (told: Told) => void): Promise<string | undefined> {
  const driver = machine.drive('switch', name, String(count));
  for await (const line of driver) {
    const told = JSON.parse(line) as Told | { event: string };
    if (!('event' in told)) hear(told);
  }
  const { exitCode, stderr } = await driver;
  return exitCode === 0 ? undefined : stderr.trim().split('\n').at(-1) || `exit code ${exitCode}`;
}
