import { pause } from '../aws/retry.js';
import { log } from '../machine/log.js';
import type { Report } from '../reporting/report.js';
import { type Step, StepError } from '../reporting/step.js';
import type { Server } from './serve.js';

/** How often the agent asks whether a secret was rotated, in milliseconds. */
const SECRETS = 30_000;

/** Steps that fail for what the application makes of a secret. */
const PROOFS: readonly Step[] = ['start', 'readiness', 'hand-over', 'bake'];

/** Takes up secrets that were rotated, where the release wants it. A value that the application cannot serve with is not tried again. */
export async function watchSecrets(server: Server, report: Report): Promise<never> {
  for (let refused = ''; ; await pause(SECRETS)) {
    try {
      const rotated = await server.rotated();
      if (rotated === undefined || rotated === refused) continue;
      await server.renew().catch((error: StepError) => {
        // Anything else may pass.
        if (PROOFS.includes(error.step)) refused = rotated;
        throw error;
      });
    } catch (error) {
      log('could not take up secrets', { error: (error as Error).message, serves: server.serves });
      // No stack waits for it.
      if (error instanceof StepError) await report.lastWords(error, server.serves);
    }
  }
}
