import { services } from '../../gateway/units.js';
import { proxies } from '../../proxies.js';
import { type Run, run } from '../machine/command.js';
import { condense } from './excerpt.js';

/** Lines that hold the traceback of every worker of a machine, so that the last one is never without its beginning. */
const LINES = 600;

/**
 * What the proxy, the application and the release command had to say since a moment, condensed. A journal that cannot be read is one line of
 * it: a release is refused for its own reason.
 * @param since milliseconds since 1970
 * @param release folder of the release that it is about. @default - of whichever the lines name
 */
export async function lastLines(since: number, release?: string, ask: Run = run): Promise<string[]> {
  try {
    await journalSettles(ask);
    // Apart, so that the requests of a busy site do not crowd out the application.
    const said = [await linesOf(Object.values(proxies).map(({ unit }) => unit), since, ask), await linesOf(services, since, ask)];
    return condense(said.flat(), release);
  } catch (error) {
    return [(error as Error).message];
  }
}

/** Waits until what was said last is in the journal: a process that has ended may have lines on their way to it. */
export async function journalSettles(ask: Run = run): Promise<void> {
  await ask(['journalctl', '--sync']);
}

/** The last lines of some units, those of each process together, after an empty line: processes that write at once tear each other's tracebacks apart. */
export async function linesOf(units: readonly string[], since: number, ask: Run): Promise<string[]> {
  // Read backwards, because with --since some versions take -n for the first lines.
  const what = ['-q', '--reverse', '-o', 'json', '--output-fields=MESSAGE,_PID', '-n', String(LINES), '--since', `@${(since / 1000).toFixed(3)}`];
  const { stdout } = await ask(['journalctl', '--no-pager', ...what, ...units.flatMap((unit) => ['-u', unit])]);
  const byProcess = new Map<string, string[]>();
  for (const line of stdout.split('\n').filter(Boolean).reverse()) {
    const { _PID: process, MESSAGE } = JSON.parse(line) as JournalLine;
    const lines = byProcess.get(process) ?? [''];
    byProcess.delete(process);
    byProcess.set(process, [...lines, ...textOf(MESSAGE).split('\n')]);
  }
  return [...byProcess.values()].flat();
}

/** A line as journalctl writes it: text that is not printable comes as bytes, and text of more than 4096 bytes not at all. */
interface JournalLine {
  readonly _PID: string;
  readonly MESSAGE: string | readonly number[] | null;
}

function textOf(message: JournalLine['MESSAGE']): string {
  if (message === null) return '(a line of more than 4096 bytes)';
  return typeof message === 'string' ? message : Buffer.from(message).toString('utf8');
}
