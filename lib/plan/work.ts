import type { Examined, MeasureTold } from '../../app-runtime/gateway/examined.js';
import { refuse } from '../refuse.js';
import type { Work } from './capacity.js';

/** What a request takes, and who says so. */
export interface KnownWork extends Work {
  readonly source: string;
}

/**
 * What the README's table says of examples/flask on 2 cores: 7,094 tiny answers a second, 324 of 5 ms of computing, and the three kinds
 * in turn 894. So one of these takes 2 cores / 894 = 2.2 ms of a processor, and a thread for a third of 0.3 + 10.3 + 6.2 ms.
 */
export const EXAMPLE: KnownWork = { service: 5.6, processor: 2.2, source: "the mix of examples/flask in the README's table: not your application" };

/**
 * What the person says of their own requests.
 * @param service milliseconds, as text
 * @param processor of these, milliseconds of a processor. @default - all of it
 * @throws Refusal for what is no time, and for more computing than there is time
 */
export function toldWork(service: string, processor?: string): KnownWork {
  const [whole, part] = [milliseconds('--service-time', service), processor === undefined ? undefined : milliseconds('--cpu-time', processor)];
  if (part !== undefined && part > whole) refuse('plan', '--cpu-time must be at most the service time', `${part} of ${whole} ms`, 'correct one of them');
  return { service: whole, processor: part ?? whole, source: part === undefined ? 'as you say, all of it computing: --cpu-time says how much is' : 'as you say' };
}

function milliseconds(name: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0 && value < 1e6)) refuse('plan', `${name} must be milliseconds above 0`, text, `give a number, as in ${name} 40`);
  return value;
}

/**
 * What a path of the application takes on this computer. Its database is its own SQLite, made by the release command; an application whose
 * database is a server is asked as it is, and answers only what it can without one.
 * @throws Refusal when it cannot be run here, or does not answer 2xx
 */
export function measuredWork({ measure, unrun, sqlite }: Pick<Examined, 'measure' | 'unrun' | 'sqlite'>, path: string, { host, releaseCommand }: MeasureTold): KnownWork {
  if (!measure) return refuse('plan', 'the application must run on this computer to be measured', unrun ?? 'no way to install its dependencies', 'say what a request takes by --service-time');
  const { service, processor, requests } = measure(path, { host, releaseCommand: sqlite ? releaseCommand : undefined });
  const rounded = (value: number) => Math.max(0.01, Math.round(value * 100) / 100);
  return { service: rounded(Math.max(service, processor)), processor: rounded(processor), source: `measured here: ${path}, ${requests} times one after the other` };
}
