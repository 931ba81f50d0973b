import { InstanceArchitecture, InstanceType } from 'aws-cdk-lib/aws-ec2';
import type { Architecture } from '../app-runtime/release.js';
import { refuse } from './refuse.js';

/** Families before the Nitro system, where a volume has no name by which the machine could find it. Source: the EC2 user guide, virtualization types. */
const XEN = /^(t[12]|m[1-4]|c[134]|r[34]|x1e?|i[23]|d2|h1|g[23]|p[23]|f1)\./;

/**
 * Reads the name of an instance type.
 * @param what the setting that holds it
 * @throws Refusal for one that EC2 does not have, or that the agent could not serve on
 */
export function instanceTypeFor(where: string, size: string, what = 'instanceType'): InstanceType {
  if (!/^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|\d*xlarge|metal(-\d+xl)?)$/.test(size)) {
    refuse(where, `${what} must be an EC2 instance type such as t3.small`, size, 'see the list of EC2 instance types');
  }
  if (XEN.test(size)) refuse(where, `${what} must be of the Nitro system`, size, 'choose a newer one such as t3.small');
  return new InstanceType(size);
}

/** Processor of an instance type, which releases and images are made for. */
export function architectureOf(instanceType: InstanceType): Architecture {
  return instanceType.architecture === InstanceArchitecture.ARM_64 ? 'arm64' : 'x86_64';
}
