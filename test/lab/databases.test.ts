import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAt, textAt } from '../../lab/api.js';
import { until } from './a-lab.js';
import { ARegion } from './fixtures/region/a-region.js';
import { Query } from './fixtures/region/query.js';

let region: ARegion;
let query: Query;
beforeAll(async () => {
  region = await ARegion.start();
  query = new Query(region.endpoint);
  const subnets = listAt(await query.ask('ec2', 'DescribeSubnets'), 'subnetSet').slice(0, 2).map((subnet) => textAt(subnet, 'subnetId'));
  await query.ask('rds', 'CreateDBSubnetGroup', { DBSubnetGroupName: 'shop', DBSubnetGroupDescription: 'shop', SubnetIds: Object.fromEntries(subnets.map((id, index) => [`SubnetIdentifier.${index + 1}`, id])) });
});
afterAll(() => region?.stop());

const create = (name: string) => query.ask('rds', 'CreateDBInstance', {
  DBInstanceIdentifier: name, DBInstanceClass: 'db.t4g.small', Engine: 'postgres', EngineVersion: '17', AllocatedStorage: 20, DBName: 'app',
  MasterUsername: 'paddock', MasterUserPassword: 'open sesame', DBSubnetGroupName: 'shop',
});
const database = async (name: string) => {
  const [entry] = listAt(await query.ask('rds', 'DescribeDBInstances', { DBInstanceIdentifier: name }), 'DescribeDBInstancesResult', 'DBInstances');
  return { state: textAt(entry, 'DBInstanceStatus'), address: textAt(entry, 'Endpoint', 'Address') };
};
const machines = async () => listAt(await query.ask('ec2', 'DescribeInstances'), 'reservationSet').flatMap((reservation) => listAt(reservation, 'instancesSet'))
  .map((instance) => ({ id: textAt(instance, 'instanceId'), state: textAt(instance, 'instanceState', 'name'), address: textAt(instance, 'privateIpAddress') }))
  .filter(({ state }) => state === 'running');
/** What the host would tell. */
const host = (listening: string[], copied: string[] = []) => query.tell('/lab/databases', { listening, copied }) as Promise<{ copies: Record<string, string> }>;
const state = (name: string, wanted: string) => until(`${name} is ${wanted}`, async () => (await database(name)).state === wanted);

describe('a DB instance', () => {
  test('has a machine, and is available once PostgreSQL answers there', async () => {
    await create('shop');
    const machine = (await machines())[0]!;
    expect(await database('shop')).toEqual({ state: 'creating', address: machine.address });
    await expect(query.ask('rds', 'CreateDBSnapshot', { DBInstanceIdentifier: 'shop', DBSnapshotIdentifier: 'early' })).rejects.toThrow('not currently in the available state');
    await host([machine.id]);
    await state('shop', 'available');
  });

  test('whose machine dies has another one at the same address', async () => {
    const dead = (await machines())[0]!;
    await query.ask('ec2', 'TerminateInstances', { InstanceId: [dead.id] });
    await until('there is another', async () => (await machines()).some(({ id }) => id !== dead.id));
    const machine = (await machines())[0]!;
    expect(machine.address).toBe(dead.address);
    await host([machine.id]);
    await state('shop', 'available');
  });

  test('is stopped and started, and keeps its address', async () => {
    const { address } = await database('shop');
    await query.ask('rds', 'StopDBInstance', { DBInstanceIdentifier: 'shop' });
    expect(await machines()).toEqual([]);
    expect((await database('shop')).state).toBe('stopped');
    await expect(query.ask('rds', 'RebootDBInstance', { DBInstanceIdentifier: 'shop' })).rejects.toThrow('Instance shop is not in available state');
    expect(await machines()).toEqual([]);
    await query.ask('rds', 'StartDBInstance', { DBInstanceIdentifier: 'shop' });
    const machine = (await machines())[0]!;
    await host([machine.id]);
    await state('shop', 'available');
    expect((await database('shop')).address).toBe(address);
  });

  test('is copied into a snapshot, from which another one begins', async () => {
    await query.ask('rds', 'CreateDBSnapshot', { DBInstanceIdentifier: 'shop', DBSnapshotIdentifier: 'monday' });
    const { copies } = await host([]);
    expect(Object.keys(copies)).toHaveLength(1);
    const restore = () => query.ask('rds', 'RestoreDBInstanceFromDBSnapshot', { DBInstanceIdentifier: 'again', DBSnapshotIdentifier: 'monday', DBSubnetGroupName: 'shop' });
    await expect(restore()).rejects.toThrow('DBSnapshot monday is in state creating.');
    await host([], Object.keys(copies));
    await restore();
    const volumes = listAt(await query.ask('ec2', 'DescribeVolumes'), 'volumeSet').map((volume) => textAt(volume, 'snapshotId'));
    expect(volumes).toContain(Object.keys(copies)[0]);
    expect((await database('again')).state).toBe('creating');
  });

  test('that is protected is not deleted', async () => {
    await query.ask('rds', 'ModifyDBInstance', { DBInstanceIdentifier: 'again', DeletionProtection: true, ApplyImmediately: true });
    await expect(query.ask('rds', 'DeleteDBInstance', { DBInstanceIdentifier: 'again', SkipFinalSnapshot: true })).rejects.toThrow(/Cannot delete protected/);
  });

  test('leaves a last snapshot, and its disk goes only when that is there', async () => {
    const disks = async () => listAt(await query.ask('ec2', 'DescribeVolumes'), 'volumeSet').map((volume) => textAt(volume, 'volumeId'));
    await query.ask('rds', 'DeleteDBInstance', { DBInstanceIdentifier: 'shop', FinalDBSnapshotIdentifier: 'last' });
    await expect(database('shop')).rejects.toThrow('not found');
    const { copies } = await host([]);
    const [[snapshot, disk]] = Object.entries(copies) as [[string, string]];
    await new Promise((done) => setTimeout(done, 1_500));
    expect(await disks()).toContain(disk);
    await host([], [snapshot]);
    await until('its disk is gone', async () => !(await disks()).includes(disk));
  });
});

describe('a stack', () => {
  const template = JSON.stringify({ Resources: { Told: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/shop/told', Type: 'String', Value: 'x' } } } });
  const stack = async () => listAt(await query.ask('cloudformation', 'DescribeStacks', { StackName: 'kept' }), 'DescribeStacksResult', 'Stacks')[0];
  const protect = (enabled: boolean) => query.ask('cloudformation', 'UpdateTerminationProtection', { StackName: 'kept', EnableTerminationProtection: enabled });

  test('that is protected is not deleted, until it is no more', async () => {
    await query.ask('cloudformation', 'CreateStack', { StackName: 'kept', TemplateBody: template });
    await until('it is there', async () => textAt(await stack(), 'StackStatus') === 'CREATE_COMPLETE');
    await protect(true);
    expect(textAt(await stack(), 'EnableTerminationProtection')).toBe('true');
    await expect(query.ask('cloudformation', 'DeleteStack', { StackName: 'kept' })).rejects.toThrow('Stack [kept] cannot be deleted while TerminationProtection is enabled');
    await protect(false);
    await query.ask('cloudformation', 'DeleteStack', { StackName: 'kept' });
    await until('it is gone', () => stack().then(() => false, () => true));
  });
});

