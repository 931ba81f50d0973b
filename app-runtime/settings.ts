/**
 * MachineSettings: everything a machine is told, as one JSON document. `lib` writes it into user data,
 * the agent reads it back. It names the parameter that points to the release, and
 * nothing of what a release says: that travels with the release. This file imports nothing, so that
 * either side can be read without the other.
 */
export interface MachineSettings {
  /** Raised when a machine could misread an older or newer document. */
  readonly version: 1;
  /** The deployment's name, as in `cdk deploy <name>`: lower case letters, digits and dashes. */
  readonly deployment: string;
  /** What stands on this machine. */
  readonly role: 'single-node';
  /** AWS region, as in `eu-central-1`. */
  readonly region: string;
  /** Names this kind of machine: two that were told anything different have different ones. */
  readonly machine: string;
  readonly stack: {
    /** ARN or name of the stack that waits for this machine. */
    readonly id: string;
    /** Logical id of the Auto Scaling group, which waits for one signal from each new machine. */
    readonly group: string;
  };
  /** Debian packages that boot.sh installs in one transaction. */
  readonly packages: readonly string[];
  readonly agent: S3Object;
  /** Name of the SSM parameter that holds the ReleasePointer. */
  readonly releaseParameter: string;
  /** Name of the SSM parameter that takes the machine's last words when a step fails. */
  readonly lastWordsParameter: string;
  /** Name of the SSM parameter that tells which releases the machine keeps. */
  readonly keptParameter: string;
  /** The Elastic IP that the machine claims when it boots. */
  readonly address: { readonly allocationId: string; readonly publicIp: string };
  /** The data volume that the machine claims when it boots, mounted at `/data`. */
  readonly volume: { readonly id: string };
}

/** An immutable object in S3 and the SHA-256 of its bytes. */
export interface S3Object {
  readonly bucket: string;
  readonly key: string;
  /** Lower case hexadecimal SHA-256. */
  readonly digest: string;
}

/** The value of the release parameter: which release the machine must serve, and who waits to hear of it. */
export interface ReleasePointer extends S3Object {
  /** Logical id of the WaitCondition that the machine signals when it serves this release. */
  readonly signal: string;
  /** The kind of machine that serves it. A machine of another kind leaves it to the one that replaces it in the same deploy. */
  readonly machine: string;
  /** The person knows that the release that serves cannot live with this one's migrations. @default - such migrations are refused */
  readonly acceptIncompatibleMigrations?: boolean;
}

/** Name of the SSM parameter that holds a deployment's ReleasePointer. */
export const releaseParameterOf = (deployment: string): string => `/paddock/${deployment}/release`;

/** Logical id of the wait condition of a release: part of its digest, so that each new release makes a new one. */
export const signalOf = (digest: string): string => `Release${digest.slice(0, 12)}`;

const HEX256 = /^[0-9a-f]{64}$/;
const PARAMETER = /^\/[a-zA-Z0-9_./-]+$/;
const KEY = /^[A-Za-z0-9!_.*'()/-]+$/;
const MACHINE = /^[0-9a-f]{12}$/;
const LOGICAL_ID = /^[A-Za-z0-9]{1,255}$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** What a deployment may be called, and how a person would say it. */
export const DEPLOYMENT = [/^[a-z][a-z0-9-]{0,31}$/, 'lower case letters, digits and dashes, 32 at most'] as const;

/** Why a settings document was refused: one line in the house form. */
export class SettingsError extends Error {}

/**
 * Reads a settings document and refuses what a machine must not act on.
 * @throws SettingsError naming the place, what must hold, what came and what to do
 */
export function parseSettings(json: string, where = 'settings.json'): MachineSettings {
  const settings = document(json, where) as unknown as MachineSettings;
  const check = checker(where);
  check('version', settings.version === 1, '1', settings.version);
  check('role', settings.role === 'single-node', 'single-node', settings.role);
  text(check, 'deployment', settings.deployment, ...DEPLOYMENT);
  text(check, 'region', settings.region, /^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region');
  text(check, 'machine', settings.machine, MACHINE, 'a machine\'s fingerprint');
  text(check, 'stack.id', settings.stack?.id, /^[A-Za-z0-9:/_-]+$/, 'a stack name or ARN');
  text(check, 'stack.group', settings.stack?.group, LOGICAL_ID, 'a logical id');
  list(check, 'packages', settings.packages, /^[a-z0-9][a-z0-9+.-]+$/, 'Debian package names');
  object(check, 'agent', settings.agent);
  text(check, 'releaseParameter', settings.releaseParameter, PARAMETER, 'a parameter name');
  text(check, 'lastWordsParameter', settings.lastWordsParameter, PARAMETER, 'a parameter name');
  text(check, 'keptParameter', settings.keptParameter, PARAMETER, 'a parameter name');
  text(check, 'address.allocationId', settings.address?.allocationId, /^eipalloc-[0-9a-f]+$/, 'an allocation id');
  text(check, 'address.publicIp', settings.address?.publicIp, /^\d{1,3}(\.\d{1,3}){3}$/, 'an IPv4 address');
  text(check, 'volume.id', settings.volume?.id, /^vol-[0-9a-f]+$/, 'a volume id');
  return settings;
}

/**
 * Reads the value of the release parameter.
 * @throws SettingsError as parseSettings does
 */
export function parsePointer(json: string, where = 'release parameter'): ReleasePointer {
  const pointer = document(json, where) as unknown as ReleasePointer;
  const check = checker(where);
  object(check, 'release', pointer);
  text(check, 'signal', pointer.signal, LOGICAL_ID, 'a logical id');
  text(check, 'machine', pointer.machine, MACHINE, 'a machine\'s fingerprint');
  check('acceptIncompatibleMigrations', ['boolean', 'undefined'].includes(typeof pointer.acceptIncompatibleMigrations), 'true or false', pointer.acceptIncompatibleMigrations);
  return pointer;
}

/** Refuses a document in the house form unless what it is told about a value holds. */
export type Check = (name: string, holds: boolean, must: string, got: unknown) => void;

function document(json: string, where: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch { /* said below, in the house form */ }
  throw new SettingsError(`${where}: must be a JSON object, got ${JSON.stringify(json.slice(0, 40))}; deploy again`);
}

function checker(where: string): Check {
  return (name, holds, must, got) => {
    if (!holds) throw new SettingsError(`${where}: ${name} must be ${must}, got ${JSON.stringify(got)}; correct it and deploy again`);
  };
}

export function text(check: Check, name: string, value: unknown, pattern: RegExp, must: string): void {
  check(name, typeof value === 'string' && pattern.test(value), must, value);
}

export function list(check: Check, name: string, value: unknown, pattern: RegExp, must: string): void {
  check(name, Array.isArray(value), `a list of ${must}`, value);
  (value as unknown[]).forEach((entry, index) => text(check, `${name}[${index}]`, entry, pattern, must));
}

export function whole(check: Check, name: string, value: unknown): void {
  check(name, Number.isInteger(value) && (value as number) > 0, 'a whole number above 0', value);
}

function object(check: Check, name: string, value: S3Object | undefined): void {
  text(check, `${name}.bucket`, value?.bucket, BUCKET, 'a bucket name');
  text(check, `${name}.key`, value?.key, KEY, 'an object key');
  text(check, `${name}.digest`, value?.digest, HEX256, 'a SHA-256 in hexadecimal');
}
