import { readFileSync } from 'node:fs';
import { DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import { AllocateAddressCommand, CreateVolumeCommand, DescribeImagesCommand, DescribeSubnetsCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARegion } from './fixtures/region/a-region.js';
import { Account, tag } from './fixtures/region/account.js';

let region: ARegion;
let account: Account;

// In this order: each part goes on from what the one before it left, as a deployment does.
beforeAll(async () => {
  region = await ARegion.start();
  account = new Account(region.endpoint, region.directory);
  await account.cdk('bootstrap', 'aws://123456789012/us-east-1');
}, 240_000);

afterAll(() => region?.stop());

describe('a first deploy', () => {
  it('fails with the machine and the step that failed, and leaves nothing behind', async () => {
    const deploying = account.deploy();
    await account.told('Machines', 'Resource creation Initiated');
    const { InstanceId } = await account.machine();
    await account.signal('Machines', `${InstanceId}:install`, 'FAILURE');
    const deployed = await deploying;
    expect(deployed.exitCode).toBe(1);
    expect(deployed.all).toContain(`Received FAILURE signal with UniqueId ${InstanceId}:install`);
    expect(deployed.all).toContain('Received 1 FAILURE signal(s) out of 1');
    expect(await account.status()).toBe('ROLLBACK_COMPLETE');
    expect(await account.machines()).toEqual([]);
    expect(await account.addresses()).toEqual([]);
  });

  it('is done when the machine and its release have both signalled', async () => {
    const deploying = account.deploy();
    await account.told('Machines', 'Resource creation Initiated');
    const { InstanceId } = await account.machine();
    await account.signal('Releaseone', InstanceId!, 'SUCCESS');
    expect(await account.status()).toBe('CREATE_IN_PROGRESS');
    await account.signal('Machines', InstanceId!, 'SUCCESS');
    const deployed = await deploying;
    expect(deployed.all).toMatch(/fixture\.Url = https:\/\/10\.213\.0\.\d+/);
    expect(deployed.exitCode).toBe(0);
  });

  it('boots the machine that the launch template describes', async () => {
    const machine = await account.machine();
    expect(machine).toMatchObject({
      Architecture: 'x86_64', InstanceType: 't3.small', MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      IamInstanceProfile: { Arn: expect.stringContaining('instance-profile/fixture-TemplateProfile') },
      SecurityGroups: [{ GroupName: expect.stringContaining('fixture-Group') }], PrivateIpAddress: expect.stringMatching(/^10\.0\./),
    });
    expect(tag(machine, 'Name')).toBe('fixture/Template');
    expect(tag(machine, 'aws:autoscaling:groupName')).toContain('fixture-Machines');
    expect(await account.userData(machine)).toMatch(/^#!\/bin\/sh\necho first eipalloc-[0-9a-f]+\n$/);
    const { Images } = await account.ec2.send(new DescribeImagesCommand({ ImageIds: [machine.ImageId!] }));
    expect(Images).toMatchObject([{ Architecture: 'x86_64', OwnerId: '136693071363', RootDeviceName: machine.RootDeviceName }]);
  });
});

describe('a later deploy', () => {
  it('touches nothing when nothing changed', async () => {
    const [{ InstanceId }, events] = [await account.machine(), await account.events()];
    const deployed = await account.deploy();
    expect(deployed.exitCode).toBe(0);
    expect(deployed.all).toContain('(no changes)');
    expect((await account.machine()).InstanceId).toBe(InstanceId);
    expect(await account.events()).toEqual(events);
  });

  it('puts the old release back when the new one fails, and leaves the machine alone', async () => {
    const { InstanceId } = await account.machine();
    const deploying = account.deploy('fixture', '-c', 'release=two');
    await account.told('Releasetwo', 'Resource creation Initiated');
    expect(await account.parameter('/fixture/release')).toBe('two');
    await account.signal('Releasetwo', `${InstanceId}:readiness`, 'FAILURE');
    const deployed = await deploying;
    expect(deployed.exitCode).toBe(1);
    expect(deployed.all).toContain(`Received FAILURE signal with UniqueId ${InstanceId}:readiness`);
    expect(await account.status()).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await account.parameter('/fixture/release')).toBe('one');
    expect((await account.machine()).InstanceId).toBe(InstanceId);
  });

  it('replaces the machine for a new launch template, and replaces it back when the new one fails', async () => {
    const first = await account.machine();
    const deploying = account.deploy('fixture', '-c', 'machine=second');
    await account.told('Machines', /Waiting on 1 resource signal/);
    const second = await account.machine();
    expect(await account.userData(second)).toContain('echo second');
    await account.signal('Machines', `${second.InstanceId}:nginx`, 'FAILURE');
    await account.told('Machines', /Waiting on 1 resource signal/, 2);
    const third = await account.machine();
    await account.signal('Machines', third.InstanceId!, 'SUCCESS');
    expect((await deploying).exitCode).toBe(1);
    expect(await account.status()).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(new Set([first, second, third].map(({ InstanceId }) => InstanceId)).size).toBe(3);
    expect(await account.userData(third)).toContain('echo first');
    expect(tag(third, 'aws:autoscaling:groupName')).toBe(tag(first, 'aws:autoscaling:groupName'));
  });
});

describe('between deploys', () => {
  it('refuses a signal that nobody waits for', async () => {
    await expect(account.signal('Releaseone', 'i-1', 'SUCCESS')).rejects.toMatchObject({
      name: 'ValidationError', message: expect.stringMatching(/is in UPDATE_ROLLBACK_COMPLETE state and cannot be signaled/),
    });
  });

  it('replaces a machine that dies, and its address and disk are free for the next', async () => {
    const dead = await account.machine();
    const disk = await account.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 10 }));
    const elsewhere = await account.ec2.send(new CreateVolumeCommand({ AvailabilityZone: 'us-east-1b', Size: 10 }));
    const { AllocationId, PublicIp } = await account.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    await account.claim(dead, AllocationId!, disk.VolumeId!);
    await expect(account.attach(dead, elsewhere.VolumeId!)).rejects.toMatchObject({ name: 'InvalidVolume.ZoneMismatch' });
    await expect(account.attach(dead, disk.VolumeId!)).rejects.toMatchObject({ name: 'VolumeInUse' });

    const terminate = new TerminateInstancesCommand({ InstanceIds: [dead.InstanceId!] });
    await account.ec2.send(terminate);
    await account.ec2.send(terminate);

    const next = await account.machine();
    expect(next.InstanceId).not.toBe(dead.InstanceId);
    expect(next.SubnetId).toBe(dead.SubnetId);
    expect((await account.addresses()).filter((address) => address.AssociationId)).toEqual([]);
    expect((await account.volume(disk.VolumeId!)).State).toBe('available');
    await account.claim(next, AllocationId!, disk.VolumeId!);
    expect((await account.machine()).PublicIpAddress).toBe(PublicIp);
  });

  it('tells what happened to a stack a hundred events at a time, newest first', async () => {
    const pages = await account.pagesOfEvents('fixture');
    const told = pages.flat();
    expect(pages.map(({ length }) => length)).toEqual([100, told.length - 100]);
    expect(new Set(told.map(({ EventId }) => EventId)).size).toBe(told.length);
    expect(told.map(({ Timestamp }) => Number(Timestamp))).toEqual(told.map(({ Timestamp }) => Number(Timestamp)).sort((one, other) => other - one));
    expect(told[0]!.ResourceStatus).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(told.at(-1)).toMatchObject({ ResourceStatus: expect.stringMatching(/^(REVIEW|CREATE)_IN_PROGRESS$/), ResourceType: 'AWS::CloudFormation::Stack' });
    await expect(account.cloudFormation.send(new DescribeStackEventsCommand({ StackName: 'fixture', NextToken: 'yesterday' }))).rejects.toMatchObject({
      name: 'ValidationError', message: 'NextToken must be one of an earlier answer, got \'yesterday\'',
    });
  });

  it('keeps a secret parameter that a machine writes', async () => {
    await account.ssm.send(new PutParameterCommand({ Name: '/fixture/last-words', Type: 'SecureString', Value: 'nginx refused', Overwrite: true }));
    expect(await account.parameter('/fixture/last-words')).toBe('nginx refused');
  });

  it('serves the bytes of a bucket to machines by the names of AWS', async () => {
    const bytes = readFileSync(process.execPath).subarray(0, 3_000_000);
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0' };
    for (const [path, body] of [['', ''], ['/a/b.bin', bytes]] as const) {
      expect((await fetch(`${region.endpoint}/fixture-bytes${path}`, { method: 'PUT', headers, body })).status).toBe(200);
    }
    expect(bytes.equals(await region.overTls('fixture-bytes.s3.us-east-1.amazonaws.com', '/a/b.bin', headers))).toBe(true);
    expect(bytes.equals(await region.overTls('s3.us-east-1.amazonaws.com', '/fixture-bytes/a/b.bin', headers))).toBe(true);
  });
});

describe('deleting a stack', () => {
  it('keeps what its template retains', async () => {
    await account.deploy('data');
    const volume = await account.parameter('/fixture/volume');
    await account.remove('data');
    expect(await account.volume(volume)).toMatchObject({ State: 'available', Encrypted: true, Size: 10, VolumeType: 'gp3' });
    await expect(account.parameter('/fixture/volume')).rejects.toMatchObject({ name: 'ParameterNotFound' });
  });

  it('ends its machine and releases its address', async () => {
    const [{ SubnetId }, before] = [await account.machine(), await account.addresses()];
    await account.remove('fixture');
    expect(await account.machines()).toEqual([]);
    expect(await account.addresses()).toHaveLength(before.length - 1);
    await expect(account.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [SubnetId!] }))).rejects.toMatchObject({ name: 'InvalidSubnetID.NotFound' });
  });
});

it('the log is one JSON line an event', () => {
  const lines = readFileSync(region.log, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { event: string });
  expect(lines.map(({ event }) => event)).toEqual(expect.arrayContaining(['region started', 'stack event', 'signal received', 'instances terminated', 'instance launched']));
  expect(lines.filter(({ event }) => /failed|broke/.test(event))).toEqual([]);
});
