import type { NagPackSuppression } from 'cdk-nag';

/**
 * Every finding of cdk-nag that stands, with its reason. A finding that is not in this list fails the tests; so does an entry that
 * no longer acknowledges anything.
 */
export const acknowledgements: Readonly<Record<string, readonly NagPackSuppression[]>> = {
  '/single-node/Machine/SecurityGroup': [
    { id: 'AwsSolutions-EC23', reason: 'A public web site: HTTP and HTTPS from everywhere are what it is for. No other port is open.' },
  ],
  '/single-node/MachineRole/Role/DefaultPolicy': [
    { id: 'AwsSolutions-IAM5', reason: 'Instances of the group have no ids before they are launched: limited to those that carry the deployment\'s tag.', appliesTo: ['Resource::arn:<AWS::Partition>:ec2:eu-central-1:123456789012:instance/*'] },
    { id: 'AwsSolutions-IAM5', reason: 'Moves the deployment\'s own Elastic IP alone: EC2 asks for the right to the address and to the interface it goes to.', appliesTo: ['Resource::arn:<AWS::Partition>:ec2:eu-central-1:123456789012:network-interface/*'] },
    { id: 'AwsSolutions-IAM5', reason: 'Which key encrypts a secret is not known to the template: any of the account, limited to these secrets by the encryption context and to the service that keeps them.', appliesTo: ['Resource::arn:<AWS::Partition>:kms:eu-central-1:123456789012:key/*'] },
    { id: 'AwsSolutions-IAM5', reason: 'Session Manager: AWS defines no resource for these actions.', appliesTo: ['Resource::*'] },
  ],
  '/single-node/AppServers/Group': [
    { id: 'AwsSolutions-AS3', reason: 'A group of one scales nothing; that its machine was replaced shows in the group\'s activity and in CloudFormation.' },
  ],
};
