/** Measurement: what one path of an application takes, asked of it in a copy of its folder on this computer. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Measured } from '../../../gateway/examined.js';
import { refuse } from '../../../refusal.js';
import { lastLine } from '../uv.js';
import { run, type Stand, surroundings } from './evaluation.js';

const SCRIPT = fileURLToPath(new URL('measure.py', import.meta.url));

/**
 * Asks one path many times.
 * @param host a name that the application answers
 * @param release command that readies its database, run before. @default - nothing
 * @throws Refusal when the path does not answer 2xx here
 */
export function measure(stand: Stand, callable: string, path: string, host: string, release?: string): Measured {
  if (release !== undefined) ready(stand, release);
  const answer = join(stand.scratch, 'measurement.json');
  const { stderr } = run(stand, SCRIPT, [callable, path, host, answer]);
  const said = existsSync(answer) ? JSON.parse(readFileSync(answer, 'utf8')) as Measured | { readonly problem: string } : { problem: lastLine(stderr) };
  if ('problem' in said) refuse('plan', `${path} must answer 2xx on this computer to be measured`, said.problem, 'measure another path by --measure, or say what a request takes by --service-time');
  return said;
}

/** Makes the tables of a database that the measurement has for itself. */
function ready(stand: Stand, release: string): void {
  const { environment, ...options } = surroundings(stand);
  const PATH = `${dirname(stand.python)}:${environment['PATH']}`;
  const { status, stderr } = spawnSync('sh', ['-c', release], { ...options, env: { ...environment, PATH } });
  if (status !== 0) refuse('plan', 'the release command must succeed on this computer, before a path is measured', lastLine(String(stderr)), 'say what a request takes by --service-time');
}
