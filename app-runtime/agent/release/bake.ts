import { serviceOf } from '../../gateway/units.js';
import type { MachineContext } from '../machine/plan.js';
import { NotReady, untilReady, verdict } from './readiness.js';
import { readinessQuestion } from '../machine/render.js';
import { pause } from '../aws/retry.js';
import { endsOf } from './slots.js';

/** How often a release is asked while it is watched, in milliseconds. */
const PERIOD = 500;

/** Bad answers in a row that are no accident. */
const BAD = 2;

/**
 * Watches a release that has begun to serve.
 * @param seconds how long; 0 where there is nothing to go back to, so that it must answer well and no more
 * @throws NotReady when it stops to answer well, or ends, while it is watched
 */
export async function bake(context: MachineContext, seconds: number): Promise<void> {
  const { startSeconds } = context.manifest.settings;
  const question = readinessQuestion(context, 'serving');
  const ends = await endsOf(serviceOf(context.slot));
  await untilReady(question, { limit: startSeconds });
  const end = Date.now() + seconds * 1000;
  for (let bad = 0; Date.now() < end; await pause(PERIOD)) {
    const { ready, said } = await verdict(question);
    bad = ready ? 0 : bad + 1;
    const told = `the release must serve well for ${seconds} s, got`;
    const ended = await ends();
    if (ended) throw new NotReady(`${told} ${ended}; correct it and deploy again`, said);
    if (bad >= BAD) throw new NotReady(`${told} ${said}; correct it and deploy again`, said);
  }
}
