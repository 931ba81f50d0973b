import { expect, test } from 'vitest';
import { telling } from '../../lab/deploy.js';

const kept = (...lines: string[]) => lines.flatMap((line) => [...telling(line)]);

test('of what cdk says, the lines of resources that merely begin are left out', () => {
  expect(kept(
    'single-node |  0/29 | 2:13:07 AM | CREATE_IN_PROGRESS      | AWS::EC2::VPC                         | Network/Vpc (NetworkVpc7FB7348F) ',
    'single-node |  1/29 | 2:13:08 AM | CREATE_IN_PROGRESS      | AWS::EC2::EIP                         | Address Resource creation Initiated',
    '\u001b[34mCREATE_IN_PROGRESS\u001b[39m'.replace(/^(.*)$/, 'single-node | 2/29 | 2:13:08 AM | $1      | AWS::IAM::Role | \u001b[1mMachineRole/Role\u001b[22m (MachineRole6C8EFA5D) '),
  )).toEqual([]);
});

test('whatever ends, waits, fails or is no event stays as it is', () => {
  const lines = [
    '', '✅  single-node', 'single-node: deploying... [2/2]',
    'single-node |  1/29 | 2:13:08 AM | CREATE_COMPLETE         | AWS::EC2::VPC                         | Network/Vpc (NetworkVpc7FB7348F) ',
    'single-node |  0/7 | 2:16:18 AM | UPDATE_IN_PROGRESS      | AWS::CloudFormation::Stack            | single-node User Initiated',
    'single-node | 3/7 | 2:16:18 AM | UPDATE_IN_PROGRESS      | AWS::AutoScaling::AutoScalingGroup    | AppServers/Group/ASG (Group) Received FAILURE signal with UniqueId i-0f0d98dd23e2cbd90:readiness',
    'single-node | 3/7 | 2:16:18 AM | CREATE_FAILED           | AWS::CloudFormation::WaitCondition    | Live/Release753bcf8483de (Release753bcf8483de) Received FAILURE signal with UniqueId i-0f0d98dd23e2cbd90:readiness',
    'single-node | 3/7 | 2:16:18 AM | UPDATE_ROLLBACK_IN_PROG | AWS::CloudFormation::Stack            | single-node The following resource(s) failed to create: [Release753bcf8483de].',
  ];
  expect(kept(...lines)).toEqual(lines);
});
