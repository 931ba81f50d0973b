/** The variables that an application is given: plain ones and secret ones, judged before a release is built with them. */
import { Token } from 'aws-cdk-lib';
import { RESERVED, type SecretName, shape } from '../app-runtime/release-settings.js';
import { refuse, refuseText } from './refuse.js';

/**
 * Refuses plain variables that a release cannot hold.
 * @throws Refusal naming the variable
 */
export function refuseEnvironment(where: string, environment: Readonly<Record<string, string>>): void {
  for (const [variable, value] of Object.entries(environment)) {
    const name = `environment.${variable}`;
    if (Token.isUnresolved(value)) {
      refuse(where, `${name} must be known when the release is built`, 'a value that only the deploy knows',
        'put it into a parameter (new StringParameter) and name that in secrets');
    }
    refuseVariable(where, 'environment', variable);
    if (typeof value !== 'string') refuse(where, `${name} must be text`, value, 'put it between quotes');
    refuseText(where, name, value, shape.environmentValue);
  }
}

/**
 * Refuses secrets that a machine could not find, and variables that are plain as well.
 * @throws Refusal naming the variable
 */
export function refuseSecrets(where: string, secrets: Readonly<Record<string, SecretName>>, environment: Readonly<Record<string, string>>): void {
  for (const [variable, secret] of Object.entries(secrets)) {
    const name = `secrets.${variable}`;
    refuseVariable(where, 'secrets', variable);
    if (Object.hasOwn(environment, variable)) refuse(where, `${variable} must be either plain or a secret`, 'both', 'remove it from environment or from secrets');
    // The settings page is run without being type-checked. What stands there may be the secret itself: it is not repeated.
    if (typeof secret !== 'object' || secret === null || !('parameter' in secret || 'secret' in secret || 'database' in secret)) {
      const got = typeof secret === 'string' ? 'text' : typeof secret;
      refuse(where, `${name} must be Secret.parameter('/…') or Secret.secretsManager('…')`, got, 'name where it lies; its value stays there');
    }
    if ('parameter' in secret) refuseText(where, `${name} in Parameter Store`, secret.parameter, shape.parameter);
    else if ('secret' in secret) refuseSecret(where, name, secret);
  }
}

function refuseSecret(where: string, name: string, { secret, field }: Extract<SecretName, { secret: string }>): void {
  refuseText(where, `${name} in Secrets Manager`, secret, shape.secret);
  if (field !== undefined) refuseText(where, `the field of ${name}`, field, shape.secretField);
}

function refuseVariable(where: string, place: string, variable: string): void {
  refuseText(where, `${place} name ${JSON.stringify(variable)}`, variable, shape.environmentName);
  if (RESERVED.includes(variable)) refuse(where, `${place}.${variable} must be left to Paddock`, 'a value of your own', 'see the README for what it holds');
}
