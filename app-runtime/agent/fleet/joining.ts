import { existsSync } from 'node:fs';
import { type ReleasePointer, signalOf } from '../../release-pointer.js';
import { type AppServerSettings, releaseOf } from '../../settings.js';
import type { Aws } from '../aws/aws.js';
import { pause } from '../aws/retry.js';
import { log } from '../machine/log.js';
import { replaceFile } from '../machine/replace-file.js';
import type { ReadinessQuestion } from '../release/readiness.js';
import type { Server } from '../release/serve.js';
import type { Report } from '../reporting/report.js';
import { StepError } from '../reporting/step.js';
import { FailedElsewhere } from './commanded.js';
import type { Health } from './health.js';
import { whileWaitedFor } from './heartbeat.js';
import type { Lifecycle } from './lifecycle.js';
import { tellOfRefusal } from './refusal.js';

/** How long until a release that could not be taken up is tried again, in milliseconds. */
const AGAIN = 2_000;

/** What one server of a fleet joins with. */
export interface Member {
  readonly settings: AppServerSettings;
  readonly aws: Pick<Aws, 'query'>;
  readonly lifecycle: Pick<Lifecycle, 'join' | 'heartbeat'>;
  readonly server: Pick<Server, 'resume' | 'mend' | 'serve' | 'down' | 'serving'>;
  readonly report: Pick<Report, 'lastWords' | 'failure'>;
  readonly health: Health;
  /** How the release that serves is asked whether it is ready. */
  readonly question: () => Promise<ReadinessQuestion>;
  /** Is there once this machine has refused its release: it waits for its end then, and does not begin again. */
  readonly refusedMark: string;
}

/**
 * Serves the machine's release and joins the group; or tells why it cannot, and gives the machine up.
 * @returns whether it serves
 */
export async function join(member: Member): Promise<boolean> {
  const { lifecycle, health } = member;
  try {
    // It waits for its end: what failed before would fail again.
    if (existsSync(member.refusedMark)) throw new StepError('start', 'the release was refused on this machine before');
    await whileWaitedFor(lifecycle, 'launching', () => takeUp(member));
    health.serve(await member.question());
    await lifecycle.join('CONTINUE');
    return true;
  } catch (error) {
    await refuse(member, error instanceof StepError ? error : new StepError('start', (error as Error).message));
    return false;
  }
}

/** The one release of this machine: what it served when it was last ended, or what it was launched with. */
async function takeUp({ settings, server }: Member): Promise<void> {
  await server.resume();
  for (; server.down; await pause(AGAIN)) await server.mend();
  if (!server.serving) await server.serve(pointerOf(settings));
}

/** The release as its parameter would name it. Nobody waits for the signal. */
function pointerOf(settings: AppServerSettings): ReleasePointer {
  const { release: { digest }, machine, acceptIncompatibleMigrations } = settings;
  return { ...releaseOf(settings), machine, signal: signalOf(digest), ...(acceptIncompatibleMigrations === undefined ? {} : { acceptIncompatibleMigrations }) };
}

/** Tells of it: the last words first, because what comes after them may end the machine. */
async function refuse(member: Member, error: StepError): Promise<void> {
  const { settings, report, lifecycle, health } = member;
  log('refused release', { release: settings.release.digest, step: error.step, error: error.message });
  // One that leaves was cut off, and says nothing about its release.
  if (health.report.state !== 'draining' && !existsSync(member.refusedMark)) {
    await replaceFile(member.refusedMark, '');
    if (!(error instanceof FailedElsewhere)) await report.lastWords(error, 'what the other servers serve', pointerOf(settings));
    await tellOfRefusal(member, error, settings.release.digest);
  }
  await lifecycle.join('ABANDON');
}
