import { CfnParameter, Stack, Token } from 'aws-cdk-lib';
import { AmazonLinuxCpuType, InstanceArchitecture, MachineImage, type IMachineImage, OperatingSystemType, UserData } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { type Architecture, debianName } from '../app-runtime/release.js';

/** The public SSM parameter by which the Debian project publishes its newest image: https://wiki.debian.org/Cloud/AmazonEC2Image. */
const parameterOf = (architecture: Architecture) => `/aws/service/debian/release/13/latest/${debianName[architecture]}`;

/**
 * Debian 13, as a literal image id: read once from Debian's public parameter by the CDK's context lookup and kept in
 * `cdk.context.json` from then on, so that no later deploy replaces a machine because Debian published an image.
 * `npx cdk context --reset <key>` asks for the newest at the next deploy.
 *
 * Without an account the lookup has nobody to ask: the image is then a parameter without a default, which a template that is
 * deployed by other means than `cdk deploy` must be given.
 */
export function debianImage(scope: Construct, architecture: Architecture): IMachineImage {
  if (hasAccount(scope)) {
    return MachineImage.fromSsmParameter(parameterOf(architecture), { cachedInContext: true });
  }
  const image = new CfnParameter(scope, 'DebianImage', {
    type: 'AWS::EC2::Image::Id',
    description: `Debian 13 for ${architecture}; cdk deploy looks it up in ${parameterOf(architecture)} once and pins it`,
  });
  return { getImage: () => ({ imageId: image.valueAsString, osType: OperatingSystemType.LINUX, userData: UserData.forLinux() }) };
}

/** Amazon Linux for a machine that translates addresses, pinned in the same way where somebody can be asked. */
export function natImage(architecture: InstanceArchitecture): IMachineImage {
  const cpuType = architecture === InstanceArchitecture.ARM_64 ? AmazonLinuxCpuType.ARM_64 : AmazonLinuxCpuType.X86_64;
  return { getImage: (scope) => MachineImage.latestAmazonLinux2023({ cpuType, cachedInContext: hasAccount(scope) }).getImage(scope) };
}

function hasAccount(scope: Construct): boolean {
  const { account, region } = Stack.of(scope);
  return !Token.isUnresolved(account) && !Token.isUnresolved(region);
}
