import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { Balancer, Database, type DatabaseStack, type PostgresOptions, Secret, SingleNodeStack, SplitTierStack } from '../../lib/index.js';
import { deploymentFrom } from '../../lib/deployment.js';
import { expectGolden } from '../golden.js';
import { app, env, example, reviewed, statements } from './templates.js';

const postgres = (options: PostgresOptions = {}) => Database.postgres({ name: 'shop', instanceType: 'db.t4g.large', ...options });
const site = { application: example('wsgi'), env, balancer: Balancer.nginx() };

/** Both topologies on one page, with one database. */
function page(database = postgres()) {
  const root = app();
  const single = new SingleNodeStack(root, 'single-node', { ...site, database });
  const split = new SplitTierStack(root, 'split-tier', { ...site, database });
  return { single, split, stack: root.node.findChild('shop') as DatabaseStack };
}

let made: ReturnType<typeof page>;
let database: Template;
beforeAll(() => {
  made = page();
  database = Template.fromStack(made.stack);
});

describe('a database of its own', () => {
  test('is PostgreSQL 17, encrypted, private, backed up, and deleted by nobody', () => {
    database.hasResource('AWS::RDS::DBInstance', {
      DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain',
      Properties: Match.objectLike({
        Engine: 'postgres', EngineVersion: '17', StorageEncrypted: true, PubliclyAccessible: false, BackupRetentionPeriod: 7, DeletionProtection: true,
        AllocatedStorage: '20', MaxAllocatedStorage: 100, MultiAZ: false, DBName: 'app',
      }),
    });
    database.hasResourceProperties('AWS::RDS::DBParameterGroup', { Family: 'postgres17', Parameters: { 'rds.force_ssl': '1' } });
    expect(made.stack.terminationProtection).toBe(true);
  });

  test('has its password in Secrets Manager, and the template holds only where', () => {
    database.hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: 'RetainExceptOnCreate', Properties: Match.objectLike({ Name: 'paddock/shop/credentials' }) });
    expect(JSON.stringify(database.findResources('AWS::RDS::DBInstance'))).toMatch(/"MasterUserPassword":\{"Fn::Join":\["",\["\{\{resolve:secretsmanager:"/);
    database.resourceCountIs('AWS::SecretsManager::SecretTargetAttachment', 1);
  });

  test('lets nobody in by itself, and reaches nothing', () => {
    const [group] = Object.values(database.findResources('AWS::EC2::SecurityGroup')) as [{ Properties: Record<string, unknown> }];
    expect(group.Properties['SecurityGroupIngress']).toBeUndefined();
    for (const kind of ['InternetGateway', 'NatGateway', 'Route']) database.resourceCountIs(`AWS::EC2::${kind}`, 0);
  });

  test('leaves a last snapshot and nothing else once its protection is taken off', () => {
    const { stack } = page(postgres({ deletionProtection: false }));
    Template.fromStack(stack).hasResource('AWS::RDS::DBInstance', { DeletionPolicy: 'Snapshot', Properties: Match.objectLike({ DeletionProtection: false }) });
    expect(stack.terminationProtection).toBe(false);
  });

  test('begins as a snapshot, with a new password', () => {
    const { stack } = page(postgres({ fromSnapshot: 'monday' }));
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::RDS::DBInstance')) as [{ Properties: Record<string, unknown> }];
    expect(Properties).toMatchObject({ DBSnapshotIdentifier: 'monday', MasterUserPassword: { 'Fn::Join': expect.anything() } });
    expect(Properties).not.toHaveProperty('DBName');
    expect(Properties).not.toHaveProperty('MasterUsername');
  });

  test('has the template that was reviewed', () => expectGolden('template/database.json', reviewed(database)));
});

describe('deployments that share it', () => {
  test('are told its URL by the name of its secret, and may read that one', () => {
    const { releaseSettings } = deploymentFrom('shop', { application: 'x', database: postgres(), secrets: { A: Secret.parameter('/a') } });
    expect(releaseSettings.secrets).toEqual({ A: { parameter: '/a' }, DATABASE_URL: { database: 'paddock/shop/credentials' } });
    for (const stack of [made.single, made.split]) {
      expect(JSON.stringify(statements(Template.fromStack(stack)))).toContain(':secret:paddock/shop/credentials-??????');
    }
  });

  test.each([['single-node', () => made.single, '10.0.0.0/16'], ['split-tier', () => made.split, '10.1.0.0/16']] as const)('%s has its own way there and back, which goes with it', (_, stack, range) => {
    const template = Template.fromStack(stack());
    template.resourceCountIs('AWS::EC2::VPCPeeringConnection', 1);
    template.hasResourceProperties('AWS::EC2::Route', { DestinationCidrBlock: '10.157.0.0/16', VpcPeeringConnectionId: Match.anyValue() });
    expect(Object.values(template.findResources('AWS::EC2::Route', { Properties: { DestinationCidrBlock: range } }))).toHaveLength(2);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { CidrIp: range, FromPort: 5432, ToPort: 5432 });
  });

  test('wait for it, and hold nothing of it', () => {
    expect(made.single.dependencies).toContain(made.stack);
    expect(made.split.dependencies).toContain(made.stack);
    expect(Object.keys(Template.fromStack(made.stack).findOutputs('*'))).toEqual([]);
  });

  test('without one have no trace of any', () => {
    const template = Template.fromStack(new SingleNodeStack(app(), 'single-node', { application: example('wsgi'), env }));
    template.resourceCountIs('AWS::EC2::VPCPeeringConnection', 0);
  });
});

describe('connections', () => {
  const errors = (database: Database) => {
    const { single, split } = page(database);
    return [single, split].flatMap((stack) => Annotations.fromStack(stack).findError('*', Match.anyValue()).map(({ entry }) => String(entry.data)));
  };

  test('that fit say nothing', () => expect(errors(postgres())).toEqual([]));

  test('that are too many at the largest size stop that stack alone, with the way out', () => {
    expect(errors(postgres({ instanceType: 'db.t4g.small' }))).toEqual([
      'split-tier: connections at the largest size must be at most 175, which db.t4g.small takes, got 576 (2 × 6 servers × 3 workers × 16 threads); set the instanceType of the database to db.t4g.large',
    ]);
  });

  test('of a class that is not in the list are a person\'s own to count', () => {
    const { single } = page(postgres({ instanceType: 'db.r8g.large' }));
    Annotations.fromStack(single).hasWarning('*', Match.stringLikeRegexp('the memory of db.r8g.large .* must be known'));
  });
});

test.each<[string, PostgresOptions, string]>([
  ['a name with capitals', { name: 'Shop' }, 'Database.postgres: name must be small letters, digits and dashes'],
  ['an older version', { version: '16' }, 'Database.postgres: version must be a version of PostgreSQL from 17 on, got 16'],
  ['a class that is none', { instanceType: 'huge' }, 'Database.postgres: instanceType must be a class of RDS such as db.t4g.small, got huge'],
  ['storage that is too small', { storageGiB: 5 }, 'Database.postgres: storageGiB must be a whole number from 20 to 65536, got 5'],
  ['growth to less than it has', { storageGiB: 200 }, 'Database.postgres: maxStorageGiB must be at least a tenth above storageGiB (220), got 100; raise maxStorageGiB or lower storageGiB'],
  ...['8.8.0.0/16', '172.99.0.0/16', '192.1.0.0/16', '10.999.0.0/16', '10.16.0.1/16', '10.16.0.0/24', '10.0.0.0/8'].map((range): [string, PostgresOptions, string] =>
    [`a network ${range}`, { range }, `Database.postgres: range must be a private range of IPv4 addresses from /16 to /23, such as 10.16.0.0/16, got ${range}; correct it in the settings page`]),
  ['backups for no day', { backupDays: 0 }, 'Database.postgres: backupDays must be a whole number from 1 to 35, got 0'],
])('%s is refused in one line', (_, options, message) => {
  expect(() => deploymentFrom('shop', { application: 'x', database: Database.postgres(options) })).toThrow(`shop: ${message}`);
});

test('a URL of one\'s own beside it is refused', () => {
  const refused = 'shop: DATABASE_URL must be left to the database, got one of your own; remove it from environment and secrets, or set database to paddock.Database.none()';
  expect(() => deploymentFrom('shop', { application: 'x', database: postgres(), environment: { DATABASE_URL: 'x' } })).toThrow(refused);
  expect(() => deploymentFrom('shop', { application: 'x', database: 'postgres' as never })).toThrow('shop: database must be one of none, postgres, got postgres; choose one in the settings page');
});

test('a name that another stack has is refused', () => {
  expect(() => page(postgres({ name: 'single-node' }))).toThrow('single-node: Database.postgres: name must be no stack of another kind, got single-node; choose another name');
});

test.each(['10.1.0.0/16', '10.1.128.0/20'])('addresses that a network has which is to reach it are refused: %s', (range) => {
  expect(() => page(postgres({ range }))).toThrow(`split-tier: Database.postgres: range must be apart from that of the network of split-tier (10.1.0.0/16), got ${range}; choose another, or leave it out`);
});

test.each(['10.2.0.0/16', '172.31.0.0/16', '192.168.4.0/23'])('other private addresses are taken: %s', (range) => {
  Template.fromStack(page(postgres({ range })).stack).hasResourceProperties('AWS::EC2::VPC', { CidrBlock: range });
});

test('two deployments whose networks have the same addresses cannot share one', () => {
  const root = app();
  new SingleNodeStack(root, 'shop-a', { ...site, database: postgres() });
  expect(() => new SingleNodeStack(root, 'shop-b', { ...site, database: postgres() })).toThrow(
    'shop-b: Database.postgres: shop-b must be the only deployment with a network 10.0.0.0/16 that reaches the database shop, got shop-a as well; give this one a database of another name');
  new SingleNodeStack(root, 'shop-c', { ...site, database: postgres({ name: 'shop-c-database' }) });
});

test('one database with two sets of parameters is refused', () => {
  const root = app();
  new SingleNodeStack(root, 'single-node', { ...site, database: postgres() });
  expect(() => new SplitTierStack(root, 'split-tier', { ...site, database: postgres({ multiAz: true }) })).toThrow(
    "split-tier: Database.postgres: multiAz must be what the page's other deployments give to the database shop (false), got true; give all of them the same value, or this one a name of its own");
});
