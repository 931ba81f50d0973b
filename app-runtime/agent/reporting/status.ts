import type { Serving } from '../release/serving.js';
import type { SwitchRecord } from '../release/switch-journal.js';

/** What `paddock status` tells: what serves, what is kept, and the last switch step by step. */
export interface Status {
  readonly serving: Serving | null;
  readonly switch: SwitchRecord | null;
}

/** The same for a person to read. */
export function statusText({ serving, switch: last }: Status): string {
  const [current, ...others] = serving?.releases ?? [];
  return [
    current ? `release ${short(current.digest)} serves in slot ${serving!.slot} since ${current.served}` : 'no release serves',
    ...(others.length > 0 ? [`kept: ${others.map(({ digest }) => short(digest)).join(', ')}`] : []),
    ...(last ? switchText(last) : []),
  ].join('\n');
}

function switchText({ to, from, began, steps, ended, outcome, error }: SwitchRecord): string[] {
  const times = [...steps.slice(1).map(({ at }) => at), ended ?? new Date().toISOString()];
  const lines = steps.map(({ name, at }, index) => `  ${name.padEnd(16)} ${seconds(at, times[index]!)}`);
  const end = ended ? `${outcome} after ${seconds(began, ended).trim()}` : `goes on: ${steps.at(-1)?.name ?? 'beginning'}`;
  return ['', `last switch, ${from ? short(from) : 'none'} → ${short(to)}, ${began}:`, ...lines, `  ${end}`, ...(error ? [`  ${error}`] : [])];
}

function short(digest: string): string {
  return digest.slice(0, 12);
}

function seconds(from: string, to: string): string {
  return `${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1).padStart(6)} s`;
}
