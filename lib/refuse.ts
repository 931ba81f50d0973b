import { Refusal } from '../app-runtime/refusal.js';

/** The house's way to say no. It stands in app-runtime, because gateways refuse too and arrows go one way. */
export { Refusal, refuse } from '../app-runtime/refusal.js';

/** Makes a refusal end the program as one line and exit code 1: a stack trace would bury what the person has to correct. */
export function refusalsInOneLine(): void {
  process.on('uncaughtException', (error) => {
    console.error(error instanceof Refusal ? error.message : error);
    process.exit(1);
  });
}
