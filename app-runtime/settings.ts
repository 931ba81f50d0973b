/**
 * MachineSettings: everything a machine is told, as one JSON document. `lib` writes it into user data,
 * the agent reads it back. It says where the machine stands and what it must find; what a release says travels with the release. This
 * file imports nothing, so that either side can be read without the other.
 */
export type MachineSettings = SingleNodeSettings | AppServerSettings | BalancerSettings;

/** What every machine is told, whatever stands on it. */
interface CommonSettings {
  /** Raised when a machine could misread an older or newer document. */
  readonly version: 1;
  /** The deployment's name, as in `cdk deploy <name>`: lower case letters, digits and dashes. */
  readonly deployment: string;
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
  /** Names what it installs of Debian, in whichever version: part of its parameter's name. */
  readonly packages: string;
  readonly agent: S3Object;
}

/** The proxies that a machine can have. */
export const PROXIES = ['nginx', 'apache'] as const;
export type ProxyName = (typeof PROXIES)[number];

/** Proxy and gateway on one machine, with an address and a disk of its own. Releases change in place. */
export interface SingleNodeSettings extends CommonSettings {
  readonly role: 'single-node';
  /** @default 'nginx' */
  readonly proxy?: ProxyName;
  /** The Elastic IP that the machine claims when it boots. */
  readonly address: { readonly allocationId: string; readonly publicIp: string };
  /** The data volume that the machine claims when it boots, mounted at `/data`. */
  readonly volume: { readonly id: string };
}

/** One of a group of machines that run the application behind a balancer. It serves one release for as long as it lives. */
export interface AppServerSettings extends CommonSettings {
  readonly role: 'app-server';
  /** The release that it serves, in the bucket of its agent. */
  readonly release: Omit<S3Object, 'bucket'>;
  /** What stands in front: nginx machines speak to the gateway itself, a managed balancer to a proxy on this machine. */
  readonly balancer: 'nginx' | 'alb';
  /** The proxy behind a managed balancer. @default 'nginx' */
  readonly proxy?: ProxyName;
  /** Host name that the balancer answers by itself, for a site without a domain. */
  readonly site: string;
  /** The VPC's addresses, as in `10.0.0.0/16`: only peers in it are believed what they say of a client. */
  readonly network: string;
  /** The person knows that the release that serves cannot live with this one's migrations. @default - such migrations are refused */
  readonly acceptIncompatibleMigrations?: boolean;
}

/** The release of an app server, as S3 has it. */
export const releaseOf = ({ agent: { bucket }, release }: AppServerSettings): S3Object => ({ bucket, ...release });

/** One of a group of nginx machines in front of the app servers. */
export interface BalancerSettings extends CommonSettings {
  readonly role: 'balancer';
  readonly site: string;
  /** The VPC's addresses: the load balancer before this machine is in it, and is believed what its proxy protocol says. */
  readonly network: string;
  /** Name of the Auto Scaling group of the app servers. */
  readonly servers: string;
  /** Whether visitors by HTTP are sent to HTTPS, which the load balancer before this machine ends. */
  readonly https: boolean;
}

/** An immutable object in S3 and the SHA-256 of its bytes. */
export interface S3Object {
  readonly bucket: string;
  readonly key: string;
  /** Lower case hexadecimal SHA-256. */
  readonly digest: string;
}

const HEX256 = /^[0-9a-f]{64}$/;
const KEY = /^[A-Za-z0-9!_.*'()/-]+$/;
export const MACHINE = /^[0-9a-f]{12}$/;
export const LOGICAL_ID = /^[A-Za-z0-9]{1,255}$/;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
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
  check('role', Object.hasOwn(ROLES, settings.role), `one of ${Object.keys(ROLES).join(', ')}`, settings.role);
  text(check, 'deployment', settings.deployment, ...DEPLOYMENT);
  text(check, 'region', settings.region, /^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region');
  text(check, 'machine', settings.machine, MACHINE, 'a machine\'s fingerprint');
  text(check, 'stack.id', settings.stack?.id, /^[A-Za-z0-9:/_-]+$/, 'a stack name or ARN');
  text(check, 'stack.group', settings.stack?.group, LOGICAL_ID, 'a logical id');
  text(check, 'packages', settings.packages, MACHINE, 'a fingerprint');
  object(check, 'agent', settings.agent);
  ROLES[settings.role](check, settings as never);
  return settings;
}

/** What each role is told besides. */
const ROLES = {
  'single-node'(check: Check, { proxy, address, volume }: SingleNodeSettings) {
    named(check, proxy);
    text(check, 'address.allocationId', address?.allocationId, /^eipalloc-[0-9a-f]+$/, 'an allocation id');
    text(check, 'address.publicIp', address?.publicIp, IPV4, 'an IPv4 address');
    text(check, 'volume.id', volume?.id, /^vol-[0-9a-f]+$/, 'a volume id');
  },
  'app-server'(check: Check, settings: AppServerSettings) {
    object(check, 'release', settings.release && releaseOf(settings));
    check('balancer', settings.balancer === 'nginx' || settings.balancer === 'alb', 'nginx or alb', settings.balancer);
    named(check, settings.proxy);
    behindBalancer(check, settings);
    flag(check, 'acceptIncompatibleMigrations', settings.acceptIncompatibleMigrations ?? false);
  },
  'balancer'(check: Check, settings: BalancerSettings) {
    behindBalancer(check, settings);
    text(check, 'servers', settings.servers, /^[^\u0000-\u001f\u007f]{1,255}$/, 'the name of an Auto Scaling group');
    flag(check, 'https', settings.https);
  },
} as const;

function named(check: Check, proxy: ProxyName = 'nginx'): void {
  check('proxy', PROXIES.includes(proxy), PROXIES.join(' or '), proxy);
}

function behindBalancer(check: Check, { site, network }: Pick<BalancerSettings, 'site' | 'network'>): void {
  text(check, 'site', site, /^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/, 'a host name');
  text(check, 'network', network, /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/, 'a range of IPv4 addresses');
}

export function flag(check: Check, name: string, value: unknown): void {
  check(name, typeof value === 'boolean', 'true or false', value);
}

/** Refuses a document in the house form unless what it is told about a value holds. */
export type Check = (name: string, holds: boolean, must: string, got: unknown) => void;

export function document(json: string, where: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch { /* said below, in the house form */ }
  throw new SettingsError(`${where}: must be a JSON object, got ${JSON.stringify(json.slice(0, 40))}; deploy again`);
}

export function checker(where: string): Check {
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

export function object(check: Check, name: string, value: S3Object | undefined): void {
  text(check, `${name}.bucket`, value?.bucket, BUCKET, 'a bucket name');
  text(check, `${name}.key`, value?.key, KEY, 'an object key');
  text(check, `${name}.digest`, value?.digest, HEX256, 'a SHA-256 in hexadecimal');
}
