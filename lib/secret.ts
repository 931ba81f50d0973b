import type { SecretName } from '../app-runtime/release-settings.js';

/**
 * Where the value of a secret lies. The deploy writes down the name alone: the machine fetches the value, in the account and region of
 * the deployment, before a release starts.
 */
export const Secret = {
  /**
   * A parameter of Systems Manager's Parameter Store, a SecureString as a rule.
   * @param name full name, as in `/shop/api-key`
   */
  parameter: (name: string): SecretName => ({ parameter: name }),

  /**
   * A secret of Secrets Manager.
   * @param name its name, as in `shop/stripe`; not its ARN
   * @param field name in the secret's JSON. @default - the whole secret
   */
  secretsManager: (name: string, field?: string): SecretName => ({ secret: name, ...(field !== undefined && { field }) }),
};

/** The same in a word of the command line: a parameter begins with a slash, and the field of a secret follows a `#`. */
export function secretNamed(text: string): SecretName {
  const [secret = '', field] = text.split(/#(.*)/s);
  return text.startsWith('/') ? Secret.parameter(text) : Secret.secretsManager(secret, field);
}
