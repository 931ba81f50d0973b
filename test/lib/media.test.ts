import { Match, Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { Balancer, type BucketOptions, Egress, Media, type MediaStack, Secret, SingleNodeStack, SplitTierStack } from '../../lib/index.js';
import { deploymentFrom } from '../../lib/deployment.js';
import { expectGolden } from '../golden.js';
import { app, env, example, filledIn, reviewed, statements } from './templates.js';

const site = { application: example('wsgi'), env, balancer: Balancer.nginx() };

/** Both topologies on one page, with one bucket. */
function page(media = Media.bucket()) {
  const root = app();
  const single = new SingleNodeStack(root, 'single-node', { ...site, media });
  const split = new SplitTierStack(root, 'split-tier', { ...site, media, egress: Egress.none() });
  return { single, split, stack: root.node.findChild('media') as MediaStack };
}

let made: ReturnType<typeof page>;
beforeAll(() => { made = page(); });

describe('files that visitors upload', () => {
  test('lie in a bucket that is private, encrypted, versioned, and kept', () => {
    Template.fromStack(made.stack).hasResource('AWS::S3::Bucket', {
      DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain',
      Properties: Match.objectLike({
        VersioningConfiguration: { Status: 'Enabled' },
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true },
        LifecycleConfiguration: { Rules: [Match.objectLike({ NoncurrentVersionExpiration: { NoncurrentDays: 90 }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } })] },
      }),
    });
  });

  test('have the template that was reviewed', () => expectGolden('template/media.json', reviewed(Template.fromStack(made.stack))));

  test.each([['single-node', () => made.single, 'MachineRole'], ['split-tier', () => made.split, 'AppServersMachineRole']] as const)(
    'of %s are reached by a role for this bucket alone, which its machines and nobody else take on', (_, stack, machine) => {
      const template = Template.fromStack(stack());
      const granted = statements(template, 'MediaRole');
      expect(granted.map(({ Action, Resource }) => [Action, Resource])).toEqual([
        [['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], expect.stringMatching(/^arn:<AWS::Partition>:s3:::<SsmParameterValue.*mediabucket.*>\/\*$/)],
        [['s3:ListBucket', 's3:ListBucketMultipartUploads'], expect.stringMatching(/^arn:<AWS::Partition>:s3:::<SsmParameterValue.*mediabucket.*>$/)],
      ]);
      const [role] = Object.entries(template.findResources('AWS::IAM::Role')).filter(([id]) => id.startsWith('MediaRole')).map(([, { Properties }]) => filledIn(Properties.AssumeRolePolicyDocument.Statement));
      expect(role).toEqual([{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { AWS: expect.stringMatching(new RegExp(`^<${machine}[A-Za-z0-9]+\\.Arn>$`)) } }]);
      const assuming = statements(template).filter(({ Action }) => Action === 'sts:AssumeRole');
      expect(assuming.map(({ Resource }) => Resource)).toEqual([expect.stringMatching(/^<MediaRole[A-Za-z0-9]+\.Arn>$/)]);
    });

  test('are waited for, and held by no deployment', () => {
    for (const stack of [made.single, made.split]) expect(stack.dependencies).toContain(made.stack);
    expect(Object.keys(Template.fromStack(made.stack).findOutputs('*'))).toEqual([]);
  });

  test('are reached where nothing but endpoints is', () => {
    const services = Object.values(Template.fromStack(made.split).findResources('AWS::EC2::VPCEndpoint')).map(({ Properties }) => JSON.stringify(Properties.ServiceName));
    expect(services.filter((name) => name.includes('sts'))).toHaveLength(1);
    const without = Template.fromStack(new SplitTierStack(app(), 'split-tier', { ...site, egress: Egress.none() }));
    expect(JSON.stringify(without.findResources('AWS::EC2::VPCEndpoint'))).not.toContain('.sts"');
  });

  test('are told to the application by the bucket\'s name, and to the machine by one word', () => {
    const { releaseSettings } = deploymentFrom('shop', { application: 'x', media: Media.bucket({ name: 'files' }), secrets: { A: Secret.parameter('/a') } });
    expect(releaseSettings).toMatchObject({ media: true, secrets: { A: { parameter: '/a' }, MEDIA_BUCKET: { parameter: '/paddock/files/bucket' } } });
    expect(deploymentFrom('shop', { application: 'x' }).releaseSettings).not.toHaveProperty('media');
  });
});

test.each<[string, BucketOptions, string]>([
  ['a name with capitals', { name: 'Shop' }, 'shop: Media.bucket: name must be small letters, digits and dashes, 30 at most, beginning with a letter, got Shop'],
  ['no days', { versionDays: 0 }, 'shop: Media.bucket: versionDays must be a whole number from 1 to 3650, got 0'],
])('a bucket with %s is refused', (_, options, message) => {
  expect(() => deploymentFrom('shop', { application: 'x', media: Media.bucket(options) })).toThrow(message);
});

test('a bucket of one\'s own beside it is refused', () => {
  expect(() => deploymentFrom('shop', { application: 'x', media: Media.bucket(), environment: { MEDIA_BUCKET: 'mine' } }))
    .toThrow('shop: MEDIA_BUCKET must be left to the media, got one of your own; remove it from environment and secrets, or set media to paddock.Media.none()');
});

test('what is no choice of media is refused', () => {
  expect(() => deploymentFrom('shop', { application: 'x', media: 'my-bucket' as unknown as Media }))
    .toThrow('shop: media must be one of none, bucket, got my-bucket; choose one in the settings page, as in media: paddock.Media.bucket()');
});

test('two deployments that give one bucket different options are refused', () => {
  const root = app();
  new SingleNodeStack(root, 'single-node', { ...site, media: Media.bucket() });
  expect(() => new SplitTierStack(root, 'split-tier', { ...site, media: Media.bucket({ versionDays: 30 }) }))
    .toThrow('versionDays must be what the page\'s other deployments give to the bucket media (90), got 30');
});
