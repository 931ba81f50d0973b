import { setTimeout as sleep } from 'node:timers/promises';
import type { SwitchRecord } from '../app-runtime/agent/release/switch-journal.js';
import type { Lab } from './lab.js';
import { machinesOnDisk } from './machine.js';
import { releasesOf } from './releases.js';
import { switchText } from './switch.js';

/** How often machines are looked at, in milliseconds. */
const PERIOD = 500;

/** A machine as it was at one look. */
export interface Look {
  readonly on: boolean;
  /** Its last switch, or the one that goes on. */
  readonly switch: SwitchRecord | null;
}

/** By instance id. */
export type Looks = ReadonlyMap<string, Look>;

/**
 * Does a piece of work and says meanwhile, on standard error, a line for each thing on machines that a person waits for.
 * @returns what the work returns, and whether a release began to serve meanwhile
 */
export async function watched<T>(lab: Lab, work: () => Promise<T>): Promise<{ result: T; served: boolean }> {
  const over = new AbortController();
  const first = await look(lab);
  let last = first;
  const turn = async () => {
    const now = await look(lab);
    for (const line of news(last, now)) console.error(line);
    last = now;
  };
  const watching = (async () => {
    for (; !over.signal.aborted; await sleep(PERIOD, undefined, { signal: over.signal }).catch(() => {})) await turn();
  })();
  try {
    const result = await work();
    over.abort();
    await watching;
    await turn();
    return { result, served: [...last].some(([id, { switch: now }]) => now?.outcome === 'served' && now.ended !== first.get(id)?.switch?.ended) };
  } finally {
    over.abort();
  }
}

/** What happened on machines between two looks at them, a line for each machine and kind of thing. */
export function news(before: Looks, now: Looks): string[] {
  const gone = [...before.keys()].filter((id) => !now.has(id)).map((id) => `machine ${id}: gone`);
  const there = [...now].flatMap(([id, { on, switch: record }]) => {
    const was = before.get(id);
    const machine = `machine ${id}: `;
    return [...(on && !was?.on ? [`${machine}booting`] : []), ...(record ? newsOfSwitch(machine, was?.switch, record) : [])];
  });
  return [...gone, ...there];
}

/** Steps that went by between two looks are one line: nobody waited for any but the last. */
function newsOfSwitch(machine: string, before: SwitchRecord | null | undefined, now: SwitchRecord): string[] {
  const known = before?.began === now.began ? before : undefined;
  const steps = now.steps.slice(known?.steps.length ?? 0).map(({ name }) => name);
  const pending = known?.migrations ? [] : now.migrations ?? [];
  return [
    ...(pending.length > 0 ? [`${machine}pending migrations ${pending.join(', ')}`] : []),
    ...(steps.length > 0 ? [`${machine}${steps.join(', ')}`] : []),
    ...(now.ended && !known?.ended ? [switchText(now, machine)] : []),
  ];
}

async function look(lab: Lab): Promise<Looks> {
  return new Map(await Promise.all(machinesOnDisk(lab).map(async (machine) =>
    [machine.id, { on: machine.power === 'on', switch: (await releasesOf(machine)).switch }] as const)));
}
