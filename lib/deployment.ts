import type { InstanceType } from 'aws-cdk-lib/aws-ec2';
import type { Architecture } from '../app-runtime/release.js';
import { type ReleaseSettings, type SecretName, shape } from '../app-runtime/release-settings.js';
import { DEPLOYMENT } from '../app-runtime/settings.js';
import { refuseChoice } from './choice.js';
import { Database } from './database.js';
import { refuseEnvironment, refuseSecrets } from './environment.js';
import { architectureOf, instanceTypeFor } from './instance-type.js';
import { Media } from './media.js';
import { Proxy } from './proxy.js';
import { refuse, refuseText } from './refuse.js';
import { refuseWait, timeouts } from './timeouts.js';

/** What a person decides about a deployment, whatever its topology. */
export interface DeploymentProps {
  /** Folder of the application: absolute, or relative to the project. */
  readonly application: string;
  /** Gateway that serves it, by the name of its folder in app-runtime/gateways. @default '' - what the application's folder says */
  readonly gateway?: string;
  /** What speaks HTTP on a machine that runs the application: `Proxy.nginx()` or `Proxy.apache()`. Behind `Balancer.nginx()` none does. @default Proxy.nginx() */
  readonly proxy?: Proxy;
  /** Host names that the site answers. @default - its public address, or the load balancer's own name */
  readonly domains?: readonly string[];
  /** EC2 instance type of the Nitro system; it decides the processor: t4g.small is the same on Graviton. @default 't3.small' - 2 cores, 2 GiB */
  readonly instanceType?: string;
  /** The longest a request may take, in seconds; every timeout of the chain follows from it. @default 30 */
  readonly requestBudget?: number;
  /** Largest request body, in MiB. @default 10 */
  readonly maxBodyMiB?: number;
  /** Path that answers 2xx when the application is ready. @default '/' */
  readonly readinessPath?: string;
  /**
   * Plain environment of the application. It is part of the release, so its values must be known when the release is built, and
   * secrets have no place here. @default - none
   */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Secret environment of the application: for each variable the name of the secret that the machine fetches, as in
   * `Secret.parameter('/shop/api-key')`. The application is built with placeholders in their place. @default - none
   */
  readonly secrets?: Readonly<Record<string, SecretName>>;
  /** The database that servers share, which the application finds in `DATABASE_URL`: `Database.postgres({…})`. @default Database.none() */
  readonly database?: Database;
  /** Where the files lie that visitors upload, which the application finds by `MEDIA_BUCKET`: `Media.bucket({…})`. @default Media.none() */
  readonly media?: Media;
  /** Whether a secret that was rotated is taken up by itself, within a minute. @default false - by `paddock reload` on the machine, or the next release */
  readonly watchSecrets?: boolean;
  /** How long the application may take to become ready, in seconds from 1 to 300. @default 60 */
  readonly startTime?: number;
  /** How long a new release is watched before the deploy ends well, in seconds from 0 to 600; the first one has none to go back to, and is not. @default 30 */
  readonly bakeTime?: number;
  /** Runs once for a release, before it serves. @default '' - the `release:` line of the application's Procfile */
  readonly releaseCommand?: string;
  /** Lets a release through whose migrations the release that serves cannot live with. @default false - the deploy stops and says how to do it in two steps */
  readonly acceptIncompatibleMigrations?: boolean;
}

/** The same with every default filled in, and nothing in it that a machine would refuse. */
export interface Deployment {
  readonly instanceType: InstanceType;
  /** Processor of the machines, which the release is built for. */
  readonly architecture: Architecture;
  /** '' for what the application's folder says. */
  readonly gateway: string;
  readonly proxy: Proxy;
  readonly database: Database;
  readonly media: Media;
  /** What travels with the release. */
  readonly releaseSettings: ReleaseSettings;
  /** @default - the `release:` line of the application's Procfile */
  readonly releaseCommand?: string;
  readonly acceptIncompatibleMigrations: boolean;
}

/** Longest times, in seconds: what a machine accepts too. */
const MOST_STARTING = 300;
const MOST_BAKING = 600;

const ONE_LINE = [/^[^\u0000-\u001f\u007f]*$/, 'one line of text'] as const;

/**
 * Reads a deployment's props with their defaults.
 * @throws Refusal in one line naming the deployment, the prop and the way out
 */
export function deploymentFrom(name: string, props: DeploymentProps): Deployment {
  const { instanceType: size = 't3.small', gateway = '', proxy = Proxy.nginx(), database = Database.none(), media = Media.none(), releaseCommand = '', acceptIncompatibleMigrations = false } = props;
  refuseText(name, 'the stack id', name, DEPLOYMENT);
  refuseText(name, 'releaseCommand', releaseCommand, ONE_LINE);
  refuseFlag(name, 'acceptIncompatibleMigrations', acceptIncompatibleMigrations);
  refuseChoice(name, 'proxy', proxy, Proxy.nginx(), 'Proxy.nginx()');
  refuseChoice(name, 'database', database, Database.none(), 'Database.postgres()');
  refuseChoice(name, 'media', media, Media.none(), 'Media.bucket()');
  refuseShared(name, 'database', database, 'Database', props);
  refuseShared(name, 'media', media, 'Media', props);
  const instanceType = instanceTypeFor(name, size);
  return {
    instanceType, gateway, proxy, database, media,
    architecture: architectureOf(instanceType),
    releaseSettings: releaseSettingsFrom(name, { ...props, secrets: { ...props.secrets, ...database.secrets, ...media.secrets } }, media.credentials),
    ...(releaseCommand !== '' && { releaseCommand }),
    acceptIncompatibleMigrations,
  };
}

function releaseSettingsFrom(name: string, props: Omit<DeploymentProps, 'media'>, media: boolean): ReleaseSettings {
  const { domains = [], requestBudget = 30, maxBodyMiB = 10, readinessPath = '/', environment = {}, secrets = {}, watchSecrets = false, startTime = 60, bakeTime = 30 } = props;
  for (const domain of domains) refuseText(name, 'domain', domain, shape.domain);
  refuseText(name, 'readinessPath', readinessPath, shape.readinessPath);
  refuseEnvironment(name, environment);
  refuseSecrets(name, secrets, environment);
  refuseFlag(name, 'watchSecrets', watchSecrets);
  if (!Number.isInteger(maxBodyMiB) || maxBodyMiB < 1 || maxBodyMiB > 5120) {
    refuse(name, 'maxBodyMiB must be whole MiB from 1 to 5120', String(maxBodyMiB), 'send larger files to S3 by a signed URL');
  }
  refuseSeconds(name, 'startTime', startTime, 1, MOST_STARTING);
  refuseSeconds(name, 'bakeTime', bakeTime, 0, MOST_BAKING);
  const allTimeouts = timeouts(requestBudget, name);
  refuseWait(name, allTimeouts, startTime, bakeTime);
  return { domains, maxBodyBytes: maxBodyMiB * 1024 * 1024, timeouts: allTimeouts, readinessPath, environment, secrets, ...(media && { media }), watchSecrets, startSeconds: startTime, bakeSeconds: bakeTime };
}

/** @param of what the settings page calls its kind */
function refuseShared(where: string, name: string, shared: Database | Media, of: string, { environment, secrets }: DeploymentProps): void {
  shared.refuse(where);
  for (const variable of Object.keys(shared.secrets)) {
    if (variable in { ...environment, ...secrets }) refuse(where, `${variable} must be left to the ${name}`, 'one of your own', `remove it from environment and secrets, or set ${name} to paddock.${of}.none()`);
  }
}

function refuseSeconds(where: string, what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) refuse(where, `${what} must be whole seconds from ${least} to ${most}`, String(value), 'choose one in that range');
}

function refuseFlag(where: string, what: string, value: unknown): void {
  if (typeof value !== 'boolean') refuse(where, `${what} must be true or false`, value, 'correct it in the settings page');
}
