import { type Check, list, type MachineSettings, text, whole } from './settings.js';

/**
 * ReleaseSettings: what a person decides about how the application is run. It travels in the release's manifest, so that a change of
 * it is a release like any other: proved, switched and able to go back. It holds names of secrets, never secrets.
 */
export interface ReleaseSettings {
  /** Host names that the proxy answers; every other Host is refused. Empty: the public address alone. */
  readonly domains: readonly string[];
  /** Largest request body, in bytes. */
  readonly maxBodyBytes: number;
  readonly timeouts: Timeouts;
  /** Path, starting with a slash, that answers 2xx when the application is ready. */
  readonly readinessPath: string;
  /** Plain environment of the application. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the machine finds the secrets of the application's environment, by the variable that takes each. */
  readonly secrets: Readonly<Record<string, SecretName>>;
  /** Whether the application is handed credentials for the bucket of its files. @default false */
  readonly media?: boolean;
  /** Whether a secret that was rotated is taken up by itself. */
  readonly watchSecrets: boolean;
  /** How long the application may take to become ready, in seconds. */
  readonly startSeconds: number;
  /** How long a new release is watched before the deploy ends well, in seconds. */
  readonly bakeSeconds: number;
}

/**
 * A parameter of Parameter Store, or a secret of Secrets Manager: whole, one field of its JSON, or the credentials of a database as RDS
 * keeps them there, of which the variable takes the URL.
 */
export type SecretName =
  | { readonly parameter: string }
  | { readonly secret: string; readonly field?: string }
  | { readonly database: string };

/** Seconds, all derived from the request budget by `lib/timeouts.ts`. */
export interface Timeouts {
  /** The longest a request may take, from the first byte that the proxy reads to the last it sends. */
  readonly requestBudget: number;
  /** When the gateway gives up on a worker. */
  readonly gatewayTimeout: number;
  /** How long a stopping gateway lets requests finish. */
  readonly gatewayGracefulStop: number;
  /** How long the proxy waits for the gateway's answer. */
  readonly proxyRead: number;
  /** How long the proxy waits for the gateway to accept. */
  readonly proxyConnect: number;
  /** How long a client may take between two reads of its header or body. */
  readonly clientRead: number;
  /** How long the proxy keeps an idle client connection. */
  readonly clientKeepAlive: number;
  /** How long an nginx balancer keeps an idle connection to an app server: shorter than the server does, so that none is closed as it is used. */
  readonly upstreamKeepAlive: number;
  /** How long an app server's gateway keeps an idle connection of a balancer. */
  readonly serverKeepAlive: number;
  /** How long a managed balancer lets a connection be silent, on either side. */
  readonly balancerIdle: number;
  /** How long the proxy behind a managed balancer keeps an idle connection of it: longer than the balancer does. */
  readonly balancerKeepAlive: number;
  /** When systemd kills a gateway that did not stop. */
  readonly unitStop: number;
}

const HOST = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
// No control characters: a line break in a value would start a line of its own in an environment file.
const PLAIN = /^[^\u0000-\u001f\u007f]*$/;

/** What each text must look like, and how a person would say it. */
export const shape = {
  domain: [HOST, 'a host name such as shop.example.com'],
  readinessPath: [/^\/[A-Za-z0-9_./~-]*$/, 'a path that starts with a slash, of letters, digits and _ . / ~ -'],
  environmentName: [NAME, 'letters, digits and underscores'],
  environmentValue: [PLAIN, 'text without line breaks or control characters'],
  // Source: the PutParameter API; a full name begins with a slash.
  parameter: [/^\/[A-Za-z0-9_.\/-]{1,1010}$/, 'the full name of a parameter, such as /shop/api-key'],
  // Source: the CreateSecret API.
  secret: [/^[A-Za-z0-9\/_+=.@-]{1,512}$/, 'the name of a secret, such as shop/api-key'],
  secretField: [/^[^\u0000-\u001f\u007f]{1,256}$/, 'a name in the secret\'s JSON'],
} as const satisfies Record<string, readonly [RegExp, string]>;

/** Variables that the machine sets itself; a person's own would break what depends on them. */
export const RESERVED: readonly string[] = ['ALLOWED_HOSTS', 'DATA_DIR', 'PADDOCK_RELEASE', 'PATH', 'SECRET_KEY'];

const TIMEOUTS: readonly (keyof Timeouts)[] = ['requestBudget', 'gatewayTimeout', 'gatewayGracefulStop', 'proxyRead',
  'proxyConnect', 'clientRead', 'clientKeepAlive', 'upstreamKeepAlive', 'serverKeepAlive', 'balancerIdle', 'balancerKeepAlive', 'unitStop'];

/** Refuses what a machine must not act on. */
export function checkReleaseSettings(check: Check, settings: ReleaseSettings): void {
  list(check, 'domains', settings.domains, ...shape.domain);
  whole(check, 'maxBodyBytes', settings.maxBodyBytes);
  for (const name of TIMEOUTS) whole(check, `timeouts.${name}`, settings.timeouts?.[name]);
  text(check, 'readinessPath', settings.readinessPath, ...shape.readinessPath);
  for (const [name, value] of Object.entries(settings.environment ?? {})) {
    checkVariable(check, 'environment', name, value);
    text(check, `environment.${name}`, value, ...shape.environmentValue);
  }
  for (const [name, secret] of Object.entries(settings.secrets ?? {})) {
    checkVariable(check, 'secrets', name, secret);
    check(`secrets.${name}`, typeof secret === 'object' && secret !== null, 'the name of a secret', typeof secret);
    check(`secrets.${name}`, !Object.hasOwn(settings.environment ?? {}, name), 'either plain or a secret', 'both');
    if ('parameter' in secret) text(check, `secrets.${name}.parameter`, secret.parameter, ...shape.parameter);
    else if ('database' in secret) text(check, `secrets.${name}.database`, secret.database, ...shape.secret);
    else text(check, `secrets.${name}.secret`, secret.secret, ...shape.secret);
    if ('field' in secret && secret.field !== undefined) text(check, `secrets.${name}.field`, secret.field, ...shape.secretField);
  }
  check('media', settings.media === undefined || typeof settings.media === 'boolean', 'true or false', settings.media);
  check('watchSecrets', typeof settings.watchSecrets === 'boolean', 'true or false', settings.watchSecrets);
  check('startSeconds', Number.isInteger(settings.startSeconds) && settings.startSeconds >= 1 && settings.startSeconds <= 300, 'whole seconds from 1 to 300', settings.startSeconds);
  check('bakeSeconds', Number.isInteger(settings.bakeSeconds) && settings.bakeSeconds >= 0 && settings.bakeSeconds <= 600, 'whole seconds from 0 to 600', settings.bakeSeconds);
}

function checkVariable(check: Check, where: string, name: string, value: unknown): void {
  text(check, `${where} ${JSON.stringify(name)}`, name, ...shape.environmentName);
  check(`${where}.${name}`, !RESERVED.includes(name), 'left to Paddock', value);
}

/** The Host names that a machine answers, the first of which it calls its own. */
export function hosts({ domains }: ReleaseSettings, settings: MachineSettings): readonly string[] {
  if (domains.length > 0) return domains;
  // A load balancer's own name has capitals, and a browser asks for it in small letters.
  return [settings.role === 'single-node' ? settings.address.publicIp : settings.site.toLowerCase()];
}

/** Parameters and secrets that a release needs, by name. */
export function secretsOf({ secrets }: ReleaseSettings): string[] {
  return Object.values(secrets).map(nameOf);
}

/** What the service that keeps it calls it. */
export function nameOf(secret: SecretName): string {
  if ('parameter' in secret) return secret.parameter;
  return 'database' in secret ? secret.database : secret.secret;
}
