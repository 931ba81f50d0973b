import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAt, textAt } from '../../lab/api.js';
import { daemonGroup } from '../../lab/daemons.js';
import { down } from '../../lab/down.js';
import { inventory } from '../../lab/inventory.js';
import { kill } from '../../lab/kill.js';
import { type Lab } from '../../lab/lab.js';
import { deadMachines, type Machine } from '../../lab/machine.js';
import { run } from '../../lab/command.js';
import { reset } from '../../lab/reset.js';
import { up } from '../../lab/up.js';
import { inside, TestLab, until } from './a-lab.js';

const TOKEN = 'T=$(curl -sX PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)';
const read = (path: string) => `curl -sf -H "X-aws-ec2-metadata-token: $T" http://169.254.169.254/latest/${path}`;

describe('a lab', () => {
  let here: TestLab;
  let machine: Machine;
  let volume: string;
  let address: { id: string; ip: string };
  const ec2 = (action: string, parameters: Record<string, string> = {}) => here.api.query('ec2', action, parameters);

  beforeAll(async () => {
    here = await TestLab.start('lab');
    machine = await here.launch('date +%s.%N >/var/tmp/began; python3 -m http.server 8000 --directory /var/tmp >/dev/null 2>&1 &');
    volume = textAt(await ec2('CreateVolume', { AvailabilityZone: 'us-east-1a', Size: '1' }), 'volumeId');
    const allocated = await ec2('AllocateAddress', { Domain: 'vpc' });
    address = { id: textAt(allocated, 'allocationId'), ip: textAt(allocated, 'publicIp') };
  }, 240_000);

  afterAll(async () => { await TestLab.stop('lab'); }, 60_000);

  test('a machine boots Debian 13 without a fault and starts its user data at once', async () => {
    expect(await inside(machine, '. /etc/os-release; echo $VERSION_CODENAME')).toBe('trixie');
    expect(await until('it has started', () => inside(machine, 'systemctl is-system-running'))).toBe('running');
    expect(await inside(machine, 'cloud-init status --format json')).toContain('"recoverable_errors": {}');
    const poweredOn = JSON.parse(readFileSync(`${here.lab.directory}/log/host.log`, 'utf8').split('\n').find((line) => line.includes('powered on'))!) as { time: string };
    // Under a second on an idle computer; a data source that waits for something costs cloud-init at least ten.
    expect(Number(await inside(machine, 'cat /var/tmp/began')) - Date.parse(poweredOn.time) / 1000).toBeLessThan(8);
  });

  test('a machine learns of itself from the metadata service, with a token alone', async () => {
    expect(await inside(machine, `curl -s -o /dev/null -w '%{http_code}' http://169.254.169.254/latest/meta-data/instance-id`)).toBe('401');
    expect(await inside(machine, `${TOKEN}; ${read('meta-data/instance-id')}`)).toBe(machine.id);
    expect(await inside(machine, `${TOKEN}; ${read('meta-data/placement/availability-zone')}`)).toBe('us-east-1a');
    expect(await inside(machine, `${TOKEN}; ${read('dynamic/instance-identity/document')}`)).toContain(`"instanceId": "${machine.id}"`);
    expect(await inside(machine, `${TOKEN}; ${read('meta-data/public-ipv4')} || echo none`)).toBe('none');
  });

  test('a machine reaches AWS by its true names, trusts it, and finds its own name', async () => {
    expect(await inside(machine, `curl -s -o /dev/null -w '%{http_code}' https://bucket.s3.us-east-1.amazonaws.com/`)).toMatch(/^[24]/);
    expect(await inside(machine, `python3 -c 'import ssl, socket; ssl.create_default_context().wrap_socket(socket.create_connection(("ssm.us-east-1.amazonaws.com", 443)), server_hostname="ssm.us-east-1.amazonaws.com"); print("trusted")'`)).toBe('trusted');
    expect(await inside(machine, 'getent hosts $(hostname -s).ec2.internal')).toContain('ip-');
  });

  test('an Elastic IP answers on this computer and in the machine, on the ports of the security group alone', async () => {
    await ec2('AssociateAddress', { InstanceId: machine.id, AllocationId: address.id });
    const page = () => run('curl', ['-s', '-m', '1', `http://${address.ip}:8000/done`, '-o', '/dev/null', '-w', '%{http_code}']).catch(() => 'no answer');
    expect(await page()).toBe('no answer');
    const group = listAt(await ec2('DescribeSecurityGroups', { 'Filter.1.Name': 'group-name', 'Filter.1.Value.1': 'default' }), 'securityGroupInfo');
    for (const each of group) await ec2('AuthorizeSecurityGroupIngress', {
      'GroupId': textAt(each, 'groupId'), 'IpPermissions.1.IpProtocol': 'tcp', 'IpPermissions.1.FromPort': '8000', 'IpPermissions.1.ToPort': '8000',
      'IpPermissions.1.IpRanges.1.CidrIp': '0.0.0.0/0',
    });
    await until('the page answers', async () => await page() === '200');
    expect(await inside(machine, `curl -s -m 2 -o /dev/null -w '%{http_code}' http://${address.ip}:8000/done`)).toBe('200');
    expect(await inside(machine, `${TOKEN}; ${read('meta-data/public-ipv4')}`)).toBe(address.ip);
  });

  test('a rebooted machine is the same machine', async () => {
    const before = await inside(machine, 'cat /proc/sys/kernel/random/boot_id; systemd-id128 boot-id; cat /etc/machine-id');
    await inside(machine, 'systemctl reboot');
    const after = await until('it is up again', async () => {
      const now = await inside(machine, 'cat /proc/sys/kernel/random/boot_id; systemd-id128 boot-id; cat /etc/machine-id');
      return now !== before && now !== '' && await inside(machine, 'systemctl is-system-running') === 'running' && now;
    });
    expect(String(after).split('\n').at(-1)).toBe(before.split('\n').at(-1));
    expect(await inside(machine, 'ls /var/tmp/done')).toBe('/var/tmp/done');
  });

  test('the hypervisor is killed and machines run on; the next one takes them over', async () => {
    await daemonGroup(here.lab, 'host').kill();
    await up(here.lab.name);
    expect((await inventory(here.lab)).machines.map(({ id, state }) => [id, state])).toEqual([[machine.id, 'running']]);
    expect(await until('metadata answers', () => inside(machine, `${TOKEN}; ${read('meta-data/instance-id')}`))).toBe(machine.id);
  });

  /** Attaches the volume; returns the name under which the machine has it. */
  const attach = async (to: Machine) => {
    await ec2('AttachVolume', { InstanceId: to.id, VolumeId: volume, Device: '/dev/sdf' });
    return plugged(to);
  };
  const plugged = (to: Machine) =>
    until('the disk is there', () => inside(to, `realpath -e /dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${volume.replace('-', '')}`));

  test('a machine whose reset button was pressed boots again, with its disk, its address and its volume', async () => {
    expect(await attach(machine)).toBe('/dev/nvme1n1');
    await inside(machine, 'mkfs.ext4 -q /dev/nvme1n1 && mount /dev/nvme1n1 /mnt && echo kept >/mnt/file && echo here >/var/tmp/own && sync');
    const [before, boot] = [await inventory(here.lab), await inside(machine, 'systemd-id128 boot-id')];
    for (let press = 0; press < 3; press++) {
      expect(await reset(here.lab, machine.id.slice(0, 10))).toBe(machine.id);
      expect(machine.power).toBe('on');
    }
    await until('it is up again', async () => await inside(machine, 'systemctl is-system-running') === 'running');
    expect(await inside(machine, 'systemd-id128 boot-id')).not.toBe(boot);
    expect(await inside(machine, 'cat /var/tmp/own')).toBe('here');
    expect(await inside(machine, `mount ${await plugged(machine)} /mnt && cat /mnt/file`)).toBe('kept');
    expect(await inside(machine, `${TOKEN}; ${read('meta-data/public-ipv4')}`)).toBe(address.ip);
    await inside(machine, 'systemd-run --quiet python3 -m http.server 8000 --directory /var/tmp');
    expect(await until('it answers at its address', () => run('curl', ['-sf', '-m', '1', `http://${address.ip}:8000/own`]).catch(() => ''))).toBe('here');
    expect(await inventory(here.lab)).toEqual(before);
    expect(readFileSync(`${here.lab.directory}/log/host.log`, 'utf8')).not.toContain('machine died');
  });

  test('what was written to a volume is there on the next machine when the first lost its power', async () => {
    expect(await kill(here.lab, machine.id.slice(0, 10))).toBe(machine.id);
    await until('the region heard of it', async () => (await inventory(here.lab)).machines.length === 0);
    const next = await here.launch('true');
    expect(await inside(next, `mount ${await attach(next)} /mnt && cat /mnt/file`)).toBe('kept');
    expect(deadMachines(here.lab)).toContain(machine.id);
  });

  test('a second lab stands beside the first, and taking it down leaves the first alone', async () => {
    const other = await TestLab.start('other');
    try {
      expect(other.lab.number).not.toBe(here.lab.number);
      const theirs = await other.launch('true');
      expect((await inventory(here.lab)).machines.map(({ id }) => id)).not.toContain(theirs.id);
    } finally {
      await TestLab.stop('other');
    }
    expect(await traces(other.lab)).toEqual([]);
    expect((await inventory(here.lab)).machines).toHaveLength(1);
  });

  test('down leaves nothing behind, even when every process was killed before', async () => {
    for (const daemon of ['host', 'region', 'names'] as const) await daemonGroup(here.lab, daemon).kill();
    expect(await traces(here.lab)).not.toEqual([]);
    expect(await down(here.lab.name)).toBe(true);
    expect(await traces(here.lab)).toEqual([]);
    expect(await down(here.lab.name)).toBe(false);
  });
});

/** Whatever there is of a lab on this computer. */
async function traces(lab: Lab): Promise<string[]> {
  const lines = (text: string, mark: string) => text.split('\n').filter((line) => line.includes(mark));
  const running = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).filter((pid) => {
    try { return readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(`/${lab.id}/`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')); } catch { return false; }
  });
  return [
    ...running.map((pid) => `process ${pid}`),
    ...lines(readFileSync('/proc/mounts', 'utf8'), lab.directory), ...lines(readFileSync('/proc/mounts', 'utf8'), `/netns/${lab.id}`),
    ...lines(await run('losetup', ['--noheadings', '--output', 'NAME,BACK-FILE']), lab.directory),
    ...lines(await run('ip', ['-brief', 'link']), lab.id), ...lines(await run('ip', ['route']), `${lab.gateway} `),
    ...lines(await run('nft', ['list', 'tables']), lab.id.replace('-', '_')),
    ...readdirSync('/run/paddock').filter((entry) => entry === String(lab.number)),
    ...lines((await run('find', ['/sys/fs/cgroup', '-maxdepth', '3', '-type', 'd'])), lab.id),
  ];
}
