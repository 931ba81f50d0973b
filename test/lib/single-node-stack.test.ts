import { Match, Template } from 'aws-cdk-lib/assertions';
import { beforeAll, expect, test } from 'vitest';
import { Proxy, Secret, SingleNodeStack, type SingleNodeStackProps } from '../../lib/index.js';
import { parsePointer, type ReleasePointer } from '../../app-runtime/release-pointer.js';
import { parseSettings } from '../../app-runtime/settings.js';
import { expectGolden } from '../golden.js';
import { app, env, example, IMAGES, reviewed, statements, userData } from './templates.js';

const application = example('wsgi');

function made(props: Partial<SingleNodeStackProps> = {}): SingleNodeStack {
  return new SingleNodeStack(app(), 'single-node', { application, env, ...props });
}

const VALUES = { 'AWS::StackId': 'arn:aws:cloudformation:eu-central-1:123456789012:stack/single-node/2340522f-a81f-4ede-b94b-896b2387e21d', Address: '192.0.2.1', '.AllocationId': 'eipalloc-0123456789abcdef0', C96584B6F00A464EAD1953AFF4B05118Parameter: 'vol-0123456789abcdef0' };

/** What the release parameter of a template says, as a machine reads it. */
function pointer(of: Template): ReleasePointer {
  const [parameter] = Object.values(of.findResources('AWS::SSM::Parameter'));
  return parsePointer(parameter!.Properties.Value as string);
}

let stack: SingleNodeStack;
let template: Template;
beforeAll(() => {
  stack = made();
  template = Template.fromStack(stack);
});

test('the machine is one, in the zone of its volume, and is replaced by itself', () => {
  template.hasResourceProperties('AWS::AutoScaling::AutoScalingGroup', { MinSize: '1', MaxSize: '1', DesiredCapacity: Match.absent(), VPCZoneIdentifier: [Match.anyValue()] });
  Template.fromStack(stack.data).hasResourceProperties('AWS::EC2::Volume', { AvailabilityZone: 'eu-central-1a', Encrypted: true });
  template.hasResourceProperties('AWS::EC2::Subnet', { AvailabilityZone: 'eu-central-1a' });
});

test('the data volume is kept when its stack is deleted', () => {
  Template.fromStack(stack.data).hasResource('AWS::EC2::Volume', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
});

test('the metadata service answers tokens alone, one hop far, and no key pair lets anybody in', () => {
  template.hasResourceProperties('AWS::EC2::LaunchTemplate', {
    LaunchTemplateData: {
      ImageId: IMAGES.amd64, KeyName: Match.absent(),
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { Encrypted: true } }],
    },
  });
});

test('ports 80 and 443 are open and no other', () => {
  const groups = Object.values(template.findResources('AWS::EC2::SecurityGroup'));
  expect(groups.flatMap((group) => group.Properties.SecurityGroupIngress.map((rule: { FromPort: number; ToPort: number }) => [rule.FromPort, rule.ToPort]))).toEqual([[80, 80], [443, 443]]);
  expect(template.findResources('AWS::EC2::SecurityGroupIngress')).toEqual({});
});

test('the default security group is closed and the network keeps flow logs', () => {
  template.resourceCountIs('Custom::VpcRestrictDefaultSG', 1);
  template.resourceCountIs('AWS::EC2::FlowLog', 1);
});

test('the image is a literal: nothing in the template is resolved to another image at a later deploy', () => {
  expect(JSON.stringify(template.toJSON())).not.toContain('/aws/service/debian');
  const parameters = Object.values(template.toJSON().Parameters as Record<string, { Type: string; Default?: string }>);
  expect(parameters.filter(({ Type }) => Type.includes('Image'))).toEqual([]);
});

test('without an account the template asks for an image instead of choosing one', () => {
  const anywhere = Template.fromStack(new SingleNodeStack(app({}), 'single-node', { application }));
  const images = Object.values(anywhere.toJSON().Parameters as Record<string, { Type: string; Default?: string }>).filter(({ Type }) => Type === 'AWS::EC2::Image::Id');
  expect(images).toEqual([{ Type: 'AWS::EC2::Image::Id', Description: expect.stringContaining('Debian 13') }]);
});

test('Graviton is one prop, and its image follows', () => {
  Template.fromStack(made({ instanceType: 't4g.small' })).hasResourceProperties('AWS::EC2::LaunchTemplate', { LaunchTemplateData: { ImageId: IMAGES.arm64, InstanceType: 't4g.small' } });
});

test('a deploy waits for the machine and for the release, fifteen minutes at most', () => {
  const policy = { CreationPolicy: { ResourceSignal: { Count: 1, Timeout: 'PT15M' } } };
  template.hasResource('AWS::AutoScaling::AutoScalingGroup', policy);
  template.hasResource('AWS::CloudFormation::WaitCondition', policy);
});

test('a new release makes a new wait condition and leaves the machine alone', () => {
  const other = Template.fromStack(made({ application: example('flask') }));
  const condition = (of: Template) => Object.keys(of.findResources('AWS::CloudFormation::WaitCondition'));
  const launchTemplate = (of: Template) => of.findResources('AWS::EC2::LaunchTemplate');
  expect(condition(other)).not.toEqual(condition(template));
  expect(launchTemplate(other)).toEqual(launchTemplate(template));
});

test('what a person decides about the application is a new release too, and leaves the machine alone', () => {
  const told = { environment: { GREETING: 'hello' }, secrets: { API_KEY: Secret.parameter('/shop/api-key') }, domains: ['shop.example.com'], requestBudget: 60, bakeTime: 0 };
  const other = Template.fromStack(made(told));
  const of = (type: string, from: Template) => from.findResources(type);
  expect(Object.keys(of('AWS::CloudFormation::WaitCondition', other))).not.toEqual(Object.keys(of('AWS::CloudFormation::WaitCondition', template)));
  expect(of('AWS::EC2::LaunchTemplate', other)).toEqual(of('AWS::EC2::LaunchTemplate', template));
  expect(JSON.stringify(other.toJSON())).not.toMatch(/GREETING|API_KEY/);
});

test('a machine may read the secrets of the application by their names and no other, and decrypt these alone', () => {
  const secrets = { A: Secret.parameter('/shop/api-key'), B: Secret.secretsManager('shop/stripe', 'key'), C: Secret.secretsManager('shop/stripe', 'id') };
  const rights = statements(Template.fromStack(made({ secrets }))).filter(({ Action }) => /GetParameter|GetSecretValue|kms/.test(String(Action)));
  const arn = (service: string, rest: string) => `arn:<AWS::Partition>:${service}:eu-central-1:123456789012:${rest}`;
  const [parameter, secret] = [arn('ssm', 'parameter/shop/api-key'), arn('secretsmanager', 'secret:shop/stripe-??????')];
  const decrypt = (service: string, context: string, what: string) => ({
    Action: 'kms:Decrypt', Effect: 'Allow', Resource: arn('kms', 'key/*'),
    Condition: { StringEquals: { 'kms:ViaService': `${service}.eu-central-1.amazonaws.com` }, StringLike: { [`kms:EncryptionContext:${context}`]: [what] } },
  });
  expect(rights).toEqual([
    { Action: 'ssm:GetParameter', Effect: 'Allow', Resource: parameter }, decrypt('ssm', 'PARAMETER_ARN', parameter),
    { Action: 'secretsmanager:GetSecretValue', Effect: 'Allow', Resource: secret }, decrypt('secretsmanager', 'SecretARN', secret),
    { Action: 'ssm:GetParameter', Effect: 'Allow', Resource: arn('ssm', 'parameter/paddock/single-node/release') },
    { Action: 'ssm:GetParameter', Effect: 'Allow', Resource: expect.stringMatching(/parameter\/paddock\/single-node\/packages\/[0-9a-f]{12}$/) },
  ]);
});

test('without secrets a machine decrypts nothing', () => {
  expect(JSON.stringify(statements(template))).not.toMatch(/kms|secretsmanager/);
});

test('a machine has the right to a release and its secrets before it is told of them', () => {
  const [policy] = Object.keys(template.findResources('AWS::IAM::Policy', { Properties: { PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: 'ec2:AttachVolume' })]) } } }));
  template.hasResource('AWS::SSM::Parameter', { DependsOn: Match.arrayWith([policy]) });
});

test('a machine leaves word of its failures and of the releases that it keeps, and asks its own stack alone', () => {
  const rights = statements(template);
  expect(rights.find(({ Action }) => Action === 'ssm:PutParameter')!.Resource).toEqual(
    ['last-words', 'kept'].map((name) => `arn:<AWS::Partition>:ssm:eu-central-1:123456789012:parameter/paddock/single-node/${name}`));
  expect(rights.filter(({ Action }) => String(Action).includes('cloudformation'))).toEqual(
    ['SignalResource', 'DescribeStackResource'].map((action) => ({ Action: `cloudformation:${action}`, Effect: 'Allow', Resource: '<AWS::StackId>' })));
});

test('consent to migrations that cannot be gone back on is in the pointer only when it is given', () => {
  expect(pointer(template)).not.toHaveProperty('acceptIncompatibleMigrations');
  const consenting = Template.fromStack(made({ acceptIncompatibleMigrations: true }));
  expect(pointer(consenting)).toEqual({ ...pointer(template), acceptIncompatibleMigrations: true });
});

test('a machine may read its own release, agent and packages and the agent of Session Manager, and no other object', () => {
  const reading = statements(template).filter(({ Action }) => [Action].flat().includes('s3:GetObject'));
  expect(reading.flatMap(({ Resource }) => [Resource].flat()).filter((arn) => !/[0-9a-f]{64}\.(gz|tar)$|latest\/debian_amd64\/amazon-ssm-agent\.deb$/.test(arn))).toEqual([]);
  expect(reading.length).toBeGreaterThan(0);
});

test('user data is at most 4 KiB, and the settings in it are what a machine accepts', () => {
  const text = userData(template, 'Machine', VALUES);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
  const settings = parseSettings(/^\{.*\}$/m.exec(text)![0]);
  expect(settings).toMatchObject({ deployment: 'single-node', stack: { group: 'Group' } });
});

test('another proxy is another kind of machine, which installs and is told of it', () => {
  const apache = Template.fromStack(made({ proxy: Proxy.apache() }));
  const text = userData(apache, 'Machine', VALUES);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
  expect(parseSettings(/^\{.*\}$/m.exec(text)![0])).toMatchObject({ proxy: 'apache', machine: pointer(apache).machine });
  expect(pointer(apache).machine).not.toBe(pointer(template).machine);
  const installed = (of: Template) => JSON.stringify(of.findResources('AWS::SSM::Parameter'));
  expect(installed(apache)).toMatch(/apache2-bin/);
  expect(installed(apache)).not.toMatch(/nginx/);
});

test('a change of the machine names another kind of machine in settings and release alike', () => {
  const kind = (of: Template) => /"machine":"([0-9a-f]{12})"/.exec(userData(of, 'Machine', VALUES))![1]!;
  const other = Template.fromStack(made({ instanceType: 't3.medium' }));
  expect(kind(other)).not.toBe(kind(template));
  expect(pointer(other).machine).toBe(kind(other));
});

test('the release parameter holds what a machine accepts', () => {
  expect(pointer(template).signal).toMatch(/^Release[0-9a-f]{12}$/);
});

test('the template is the one that was reviewed', () => {
  expectGolden('template/single-node.json', reviewed(template));
});
