import { InstanceArchitecture, InstanceType } from 'aws-cdk-lib/aws-ec2';
import type { Architecture } from '../app-runtime/release.js';
import { RESERVED, shape, type Timeouts } from '../app-runtime/settings.js';
import { refuse } from './refuse.js';
import { timeouts } from './timeouts.js';

/** What a person decides about a deployment, whatever its topology. */
export interface DeploymentProps {
  /** Folder of the application: absolute, or relative to the project. */
  readonly application: string;
  /** Host names that the site answers. @default - the Elastic IP alone */
  readonly domains?: readonly string[];
  /** EC2 instance type of the Nitro system; it decides the processor: t4g.small is the same on Graviton. @default 't3.small' - 2 cores, 2 GiB */
  readonly instanceType?: string;
  /** The longest a request may take, in seconds; every timeout of the chain follows from it. @default 30 */
  readonly requestBudget?: number;
  /** Largest request body, in MiB. @default 10 */
  readonly maxBodyMiB?: number;
  /** Path that answers 2xx when the application is ready. @default '/' */
  readonly readinessPath?: string;
  /** Plain environment of the application. Secrets have no place here: this is readable in the template. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The same with every default filled in, and nothing in it that a machine would refuse. */
export interface Deployment {
  readonly domains: readonly string[];
  readonly instanceType: InstanceType;
  /** Processor of the machines, which the release is built for. */
  readonly architecture: Architecture;
  readonly timeouts: Timeouts;
  readonly maxBodyBytes: number;
  readonly readinessPath: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Families before the Nitro system, where a volume has no name by which the machine could find it. Source: the EC2 user guide, virtualization types. */
const XEN = /^(t[12]|m[1-4]|c[134]|r[34]|x1e?|i[23]|d2|h1|g[23]|p[23]|f1)\./;

/**
 * Reads a deployment's props with their defaults.
 * @throws Refusal in one line naming the deployment, the prop and the way out
 */
export function deploymentFrom(name: string, props: DeploymentProps): Deployment {
  const { domains = [], instanceType: size = 't3.small', requestBudget = 30, maxBodyMiB = 10, readinessPath = '/', environment = {} } = props;
  refuseText(name, 'the stack id', name, shape.deployment);
  for (const domain of domains) refuseText(name, 'domain', domain, shape.domain);
  refuseText(name, 'readinessPath', readinessPath, shape.readinessPath);
  for (const [variable, value] of Object.entries(environment)) {
    refuseText(name, `environment name ${JSON.stringify(variable)}`, variable, shape.environmentName);
    if (RESERVED.includes(variable)) refuse(name, `environment.${variable} must be left to Paddock`, value, 'see the README for what it holds');
    refuseText(name, `environment.${variable}`, value, shape.environmentValue);
  }
  if (!Number.isInteger(maxBodyMiB) || maxBodyMiB < 1 || maxBodyMiB > 5120) {
    refuse(name, 'maxBodyMiB must be whole MiB from 1 to 5120', String(maxBodyMiB), 'send larger files to S3 by a signed URL');
  }
  const instanceType = instanceTypeFor(name, size);
  return {
    domains, instanceType, readinessPath, environment,
    architecture: instanceType.architecture === InstanceArchitecture.ARM_64 ? 'arm64' : 'x86_64',
    timeouts: timeouts(requestBudget, name),
    maxBodyBytes: maxBodyMiB * 1024 * 1024,
  };
}

function instanceTypeFor(where: string, size: string): InstanceType {
  if (!/^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|\d*xlarge|metal(-\d+xl)?)$/.test(size)) {
    refuse(where, 'instanceType must be an EC2 instance type such as t3.small', size, 'see the list of EC2 instance types');
  }
  if (XEN.test(size)) refuse(where, 'instanceType must be of the Nitro system', size, 'choose a newer one such as t3.small');
  return new InstanceType(size);
}

function refuseText(where: string, what: string, value: string, [pattern, must]: readonly [RegExp, string]): void {
  if (!pattern.test(value)) refuse(where, `${what} must be ${must}`, value, 'correct it in the settings page');
}
