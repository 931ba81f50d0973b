import { nameOf, type SecretName } from '../../release-settings.js';
import { type Aws, AwsError } from '../aws/aws.js';

/**
 * Fetches the values of the application's secrets.
 * @throws Error naming the variable and the secret that is missing or cannot be read; no message ever holds a value
 */
export async function fetchSecrets(aws: Aws, secrets: Readonly<Record<string, SecretName>>): Promise<Record<string, string>> {
  const values = await Promise.all(Object.entries(secrets).map(async ([variable, name]) => [variable, await fetchSecret(aws, variable, name)] as const));
  return Object.fromEntries(values);
}

async function fetchSecret(aws: Aws, variable: string, name: SecretName): Promise<string> {
  const called = `${'parameter' in name ? 'parameter' : 'secret'} ${nameOf(name)}`;
  try {
    if ('parameter' in name) return await parameter(aws, name.parameter);
    return 'database' in name ? await databaseUrl(aws, name.database) : await secret(aws, name.secret, name.field);
  } catch (error) {
    const reason = error instanceof AwsError ? error.code : (error as Error).message;
    throw new Error(`secrets.${variable}: ${called} must be there for the machine to read, got ${reason}; create it and deploy again`);
  }
}

async function parameter(aws: Aws, Name: string): Promise<string> {
  const { Parameter } = await aws.ssm('GetParameter', { Name, WithDecryption: true });
  return Parameter.Value as string;
}

async function secret(aws: Aws, SecretId: string, field: string | undefined): Promise<string> {
  const { SecretString } = await aws.secrets('GetSecretValue', { SecretId });
  if (typeof SecretString !== 'string') throw new Error('a binary secret');
  return field === undefined ? SecretString : valueOf(fields(SecretString), field);
}

/** As a URL says it, in the fields that RDS has. Nothing leaves the machine in the clear. */
async function databaseUrl(aws: Aws, name: string): Promise<string> {
  const credentials = fields(await secret(aws, name, undefined));
  const part = (field: string) => encodeURIComponent(valueOf(credentials, field));
  return `postgres://${part('username')}:${part('password')}@${valueOf(credentials, 'host')}:${part('port')}/${part('dbname')}?sslmode=require`;
}

function valueOf(json: Readonly<Record<string, unknown>>, field: string): string {
  const value = json[field];
  if (typeof value !== 'string' && typeof value !== 'number') throw new Error(`no field ${JSON.stringify(field)}`);
  return String(value);
}

function fields(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw new Error('no JSON');
  }
}
