import type { SwitchRecord } from '../app-runtime/agent/release/switch-journal.js';

/** Columns of a terminal that nobody made wider. */
const WIDTH = 80;

/** How far a machine's last switch is, or how it ended, in one line that fits behind what comes before it. */
export function switchText(record: SwitchRecord, before: string, now = Date.now()): string {
  const { to, from, began, steps, ended, outcome, error = '' } = record;
  if (!ended) {
    const { name, at } = steps.at(-1) ?? { name: 'beginning', at: began };
    return fit(`${before}release ${from ? `${short(from)} → ` : ''}${short(to)}: ${name} for ${Math.floor(Math.max(0, now - Date.parse(at)) / 1000)} s`);
  }
  if (outcome === 'served') return withTimes(`${before}served after ${seconds(began, ended)} s`, record);
  // A step that failed is named first; a switch that was cut off says so itself.
  return fit(`${before}${/^[a-z-]+: /.test(error) ? `refused at ${error}` : error}`);
}

/** The longest steps, as many as there is room for, in their order. */
function withTimes(line: string, { steps, ended }: SwitchRecord): string {
  const times = steps.map(({ name, at }, index) => ({ name, took: seconds(at, steps[index + 1]?.at ?? ended!) }));
  const told = (shown: typeof times) => `${line} (${times.filter((each) => shown.includes(each)).map(({ name, took }) => `${name} ${took}`).join(', ')})`;
  const longest = times.filter(({ took }) => took !== '0.0').sort((one, other) => Number(other.took) - Number(one.took));
  for (let count = longest.length; count > 0; count--) {
    const whole = told(longest.slice(0, count));
    if (whole.length <= WIDTH) return whole;
  }
  return line;
}

function fit(line: string): string {
  return line.length <= WIDTH ? line : `${line.slice(0, WIDTH - 1)}…`;
}

const short = (digest: string): string => digest.slice(0, 12);
const seconds = (from: string, to: string): string => ((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1);
