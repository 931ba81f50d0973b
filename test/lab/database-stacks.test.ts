import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, listAt, textAt } from '../../lab/api.js';
import { until } from './a-lab.js';
import { ARegion } from './fixtures/region/a-region.js';
import { Query } from './fixtures/region/query.js';

/** What a test changes in the template of a database. */
interface Wishes {
  readonly properties?: object;
  readonly policy?: 'Snapshot' | 'Retain';
  /** Another resource of the stack, as one that fails. */
  readonly beside?: object;
}

let region: ARegion;
let query: Query;
let subnets: string[];
beforeAll(async () => {
  region = await ARegion.start();
  query = new Query(region.endpoint);
  subnets = listAt(await query.ask('ec2', 'DescribeSubnets'), 'subnetSet').slice(0, 2).map((subnet) => textAt(subnet, 'subnetId'));
});
afterAll(() => region?.stop());

const password = { 'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: 'Credentials' }, ':SecretString:password::}}']] };
const FRESH = { DBName: 'app', MasterUsername: 'paddock', StorageEncrypted: true };
/** A secret, a server that has its password from there, and the attachment that tells the secret where the server is. */
const template = (name: string, { properties = FRESH, policy = 'Snapshot', beside }: Wishes = {}) => JSON.stringify({
  Resources: {
    Credentials: { Type: 'AWS::SecretsManager::Secret', Properties: {
      Name: `${name}/credentials`, GenerateSecretString: { SecretStringTemplate: '{"username":"paddock"}', GenerateStringKey: 'password', ExcludePunctuation: true } } },
    Subnets: { Type: 'AWS::RDS::DBSubnetGroup', Properties: { DBSubnetGroupDescription: name, SubnetIds: subnets } },
    Parameters: { Type: 'AWS::RDS::DBParameterGroup', Properties: { Description: name, Family: 'postgres17', Parameters: { 'rds.force_ssl': '1' } } },
    Server: { Type: 'AWS::RDS::DBInstance', DeletionPolicy: policy, UpdateReplacePolicy: policy, Properties: {
      Engine: 'postgres', EngineVersion: '17', DBInstanceClass: 'db.t4g.small', AllocatedStorage: '20', BackupRetentionPeriod: 7, MultiAZ: false, DeletionProtection: false,
      MasterUserPassword: password, DBSubnetGroupName: { Ref: 'Subnets' }, DBParameterGroupName: { Ref: 'Parameters' }, ...properties } },
    Attachment: { Type: 'AWS::SecretsManager::SecretTargetAttachment', Properties: { SecretId: { Ref: 'Credentials' }, TargetId: { Ref: 'Server' }, TargetType: 'AWS::RDS::DBInstance' } },
    ...beside,
  },
  Outputs: { Address: { Value: { 'Fn::GetAtt': ['Server', 'Endpoint.Address'] } }, Port: { Value: { 'Fn::GetAtt': ['Server', 'Endpoint.Port'] } }, Server: { Value: { Ref: 'Server' } } },
});

const stack = async (StackName: string) => listAt(await query.ask('cloudformation', 'DescribeStacks', { StackName }), 'DescribeStacksResult', 'Stacks')[0];
const status = (name: string) => stack(name).then((told) => textAt(told, 'StackStatus'), () => 'gone');
const reaches = (name: string, wanted: string) => until(`${name} is ${wanted}`, async () => {
  await answerForMachines();
  return await status(name) === wanted;
});
const outputs = async (name: string) => Object.fromEntries(listAt(await stack(name), 'Outputs').map((entry) => [textAt(entry, 'OutputKey'), textAt(entry, 'OutputValue')]));
const create = (StackName: string, wishes?: Wishes) => query.ask('cloudformation', 'CreateStack', { StackName, TemplateBody: template(StackName, wishes) });
const update = (StackName: string, wishes?: Wishes) => query.ask('cloudformation', 'UpdateStack', { StackName, TemplateBody: template(StackName, wishes) });
const remove = (StackName: string) => query.ask('cloudformation', 'DeleteStack', { StackName });
const listed = async (action: string, list: string) => listAt(await query.ask('rds', action), `${action}Result`, list);
const databases = () => listed('DescribeDBInstances', 'DBInstances');
const database = async (name: string) => (await databases()).find((entry) => textAt(entry, 'DBInstanceIdentifier').startsWith(name)) as Answer;
const snapshots = async () => (await listed('DescribeDBSnapshots', 'DBSnapshots')).map((entry) => ({ id: textAt(entry, 'DBSnapshotIdentifier'), state: textAt(entry, 'Status') }));
const machines = async () => listAt(await query.ask('ec2', 'DescribeInstances'), 'reservationSet').flatMap((reservation) => listAt(reservation, 'instancesSet'))
  .filter((instance) => textAt(instance, 'instanceState', 'name') === 'running');
/** The secret as a machine reads it. */
async function credentials(name: string): Promise<Record<string, unknown>> {
  const headers = {
    'authorization': 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=0',
    'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue',
  };
  const answer = await region.overTls('secretsmanager.us-east-1.amazonaws.com', '/', headers, JSON.stringify({ SecretId: `${name}/credentials` }));
  return JSON.parse(JSON.parse(answer.toString()).SecretString);
}
/** What the machine of the first server reads at its start. */
async function hostIsTold(): Promise<unknown> {
  const answer = await query.ask('ec2', 'DescribeInstanceAttribute', { InstanceId: textAt((await machines())[0], 'instanceId'), Attribute: 'userData' });
  return JSON.parse(Buffer.from(textAt(answer, 'userData', 'value'), 'base64').toString());
}
/** What the host would tell: every machine answers, every disk that was asked for is copied. */
async function answerForMachines(): Promise<void> {
  const listening = (await machines()).map((machine) => textAt(machine, 'instanceId'));
  const { copies } = await query.tell('/lab/databases', { listening, copied: [] }) as { copies: Record<string, string> };
  if (Object.keys(copies).length > 0) await query.tell('/lab/databases', { listening, copied: Object.keys(copies) });
}

describe('a stack with a database', () => {
  test('is complete when PostgreSQL answers, and its secret says where and how to get in', async () => {
    await create('shop');
    await until('its server is there', async () => (await databases()).length === 1);
    expect(await status('shop')).toBe('CREATE_IN_PROGRESS');
    await reaches('shop', 'CREATE_COMPLETE');
    const { Address, Port, Server } = await outputs('shop');
    expect(Address).toBe(textAt((await machines())[0], 'privateIpAddress'));
    const told = await credentials('shop');
    expect(told).toEqual({ username: 'paddock', password: expect.stringMatching(/^[a-zA-Z0-9]{32}$/), engine: 'postgres', host: Address, port: Number(Port), dbname: 'app', dbInstanceIdentifier: Server });
    expect(Port).toBe('5432');
    expect(await hostIsTold()).toMatchObject({ user: 'paddock', password: told.password, database: 'app', connections: 180, tls: true });
  });

  test('grows its server where it is', async () => {
    const { Server } = await outputs('shop');
    await update('shop', { properties: { ...FRESH, AllocatedStorage: '30', DeletionProtection: true } });
    await reaches('shop', 'UPDATE_COMPLETE');
    expect(await outputs('shop')).toMatchObject({ Server });
    expect(textAt(await database('shop'), 'AllocatedStorage')).toBe('30');
  });

  test('cannot be deleted while its server is protected', async () => {
    await remove('shop');
    await reaches('shop', 'DELETE_FAILED');
    expect(await machines()).toHaveLength(1);
  });

  test('lists no backup that nothing can be restored from', async () => {
    expect(await snapshots()).toEqual([]);
  });

  test('restores a snapshot with a password and a protection of its own', async () => {
    const DBInstanceIdentifier = textAt(await database('shop'), 'DBInstanceIdentifier');
    await query.ask('rds', 'CreateDBSnapshot', { DBInstanceIdentifier, DBSnapshotIdentifier: 'monday' });
    await answerForMachines();
    await create('again', { properties: { DBSnapshotIdentifier: 'monday', AllocatedStorage: '40' } });
    await reaches('again', 'CREATE_COMPLETE');
    const [old, restored] = [await credentials('shop'), await credentials('again')];
    expect(restored).toMatchObject({ username: 'paddock', dbname: 'app' });
    expect(restored.host).not.toBe(old.host);
    expect(restored.password).not.toBe(old.password);
    expect(textAt(await database('again'), 'DeletionProtection')).toBe('false');
  });

  test('leaves a last snapshot when it is deleted, and nothing else', async () => {
    await remove('again');
    await reaches('again', 'gone');
    await answerForMachines();
    expect(await snapshots()).toEqual([{ id: 'monday', state: 'available' }, { id: expect.stringMatching(/^again-snapshot-server-/), state: 'available' }]);
    expect(await databases()).toHaveLength(1);
    expect(await machines()).toHaveLength(1);
  });

  test('leaves a server that is to be retained, and what that uses', async () => {
    await create('kept', { policy: 'Retain' });
    await reaches('kept', 'CREATE_COMPLETE');
    const { Server } = await outputs('kept');
    await remove('kept');
    await reaches('kept', 'DELETE_FAILED');
    expect(await outputs('kept')).toMatchObject({ Server });
    expect((await databases()).map((entry) => textAt(entry, 'DBInstanceIdentifier'))).toContain(Server);
  });

  test('goes back whole when something beside it fails', async () => {
    const before = (await machines()).length;
    await create('wrong', { beside: { Never: { Type: 'AWS::EC2::Route', DependsOn: 'Server', Properties: { RouteTableId: 'rtb-none', DestinationCidrBlock: '10.9.0.0/16', TransitGatewayId: 'tgw-none' } } } });
    await reaches('wrong', 'ROLLBACK_COMPLETE');
    expect(await machines()).toHaveLength(before);
    expect(await database('wrong')).toBeUndefined();
  });

  test('asks for no last snapshot of a server that was never there', async () => {
    const before = await snapshots();
    await create('early', { beside: { Never: { Type: 'AWS::EC2::Route', DependsOn: 'Subnets', Properties: { RouteTableId: 'rtb-none', DestinationCidrBlock: '10.9.0.0/16', TransitGatewayId: 'tgw-none' } } } });
    await until('it went back', async () => await status('early') === 'ROLLBACK_COMPLETE');
    expect(await snapshots()).toEqual(before);
    expect(await query.tell('/lab/databases', { listening: [], copied: [] })).toEqual({ copies: {} });
  });
});
