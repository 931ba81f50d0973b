import { Token } from 'aws-cdk-lib';
import { Refusal, refuse } from '../app-runtime/refusal.js';

/** The house's way to say no. It stands in app-runtime, because gateways refuse too and arrows go one way. */
export { Refusal, refuse } from '../app-runtime/refusal.js';

/** Makes a refusal end the program as one line and exit code 1: a stack trace would bury what the person has to correct. */
export function refusalsInOneLine(): void {
  process.on('uncaughtException', (error) => {
    console.error(error instanceof Refusal ? error.message : error);
    process.exit(1);
  });
}

/**
 * Refuses a text that does not look as it must, or that the CDK fills in only when it deploys.
 * @param what what the text is, as in `readinessPath`
 * @param shape what it must look like, and how a person would say it
 */
export function refuseText(where: string, what: string, text: string, [pattern, must]: readonly [RegExp, string]): void {
  if (Token.isUnresolved(text)) refuse(where, `${what} must be known before the deploy`, 'a value that only the deploy knows', 'write it down in the settings page');
  if (typeof text !== 'string' || !pattern.test(text)) refuse(where, `${what} must be ${must}`, text, 'correct it in the settings page');
}

/**
 * Refuses what is no whole number in a range.
 * @param setting one property, called as the person calls it
 */
export function refuseWhole(where: string, setting: Readonly<Record<string, number>>, least: number, most: number): void {
  const [[name, value]] = Object.entries(setting) as [[string, number]];
  if (!Number.isInteger(value) || value < least || value > most) refuse(where, `${name} must be a whole number from ${least} to ${most}`, value, 'choose one in that range');
}
