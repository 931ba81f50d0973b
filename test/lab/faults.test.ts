import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAt, textAt } from '../../lab/api.js';
import { heal, outage, partition } from '../../lab/faults.js';
import { inventory } from '../../lab/inventory.js';
import type { Machine } from '../../lab/machine.js';
import { pause } from '../../lab/pause.js';
import { slow } from '../../lab/slow.js';
import { spotNotice } from '../../lab/spot-notice.js';
import { inside, TestLab, until } from './a-lab.js';

const SERVER = 'systemd-run --quiet --unit=server python3 -m http.server 8000 --directory /var/tmp';
const TOKEN = 'T=$(curl -sX PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)';

describe('faults that a person brings about', () => {
  let here: TestLab;
  let one: Machine;
  let other: Machine;
  let addressOf: Record<string, string>;
  /** Seconds until the other machine answered the one; undefined when it did not. */
  const call = async (seconds = 1) => {
    const said = await inside(one, `curl -s -m ${seconds} -o /dev/null -w '%{http_code} %{time_total}' http://${addressOf[other.id]}:8000/done || true`);
    return said.startsWith('200') ? Number(said.split(' ')[1]) : undefined;
  };
  const api = () => inside(one, `curl -s -m 3 -o /dev/null -w '%{http_code}' https://bucket.s3.us-east-1.amazonaws.com/ || true`);
  const metadata = (path: string) => inside(one, `${TOKEN}; curl -s -H "X-aws-ec2-metadata-token: $T" http://169.254.169.254/latest/meta-data/${path}`);

  beforeAll(async () => {
    here = await TestLab.start('faults');
    [one, other] = await Promise.all([here.launch(SERVER), here.launch(SERVER, 'us-east-1b')]);
    addressOf = Object.fromEntries((await inventory(here.lab)).machines.map(({ id, privateAddress }) => [id, privateAddress]));
    for (const group of listAt(await here.api.query('ec2', 'DescribeSecurityGroups', { 'Filter.1.Name': 'group-name', 'Filter.1.Value.1': 'default' }), 'securityGroupInfo')) {
      const permission = { IpProtocol: 'tcp', FromPort: '8000', ToPort: '8000', 'IpRanges.1.CidrIp': '172.31.0.0/16' };
      await here.api.query('ec2', 'AuthorizeSecurityGroupIngress', { GroupId: textAt(group, 'groupId'), ...Object.fromEntries(Object.entries(permission).map(([key, value]) => [`IpPermissions.1.${key}`, value])) });
    }
    await until('they reach each other', call);
  }, 300_000);

  afterAll(async () => { await TestLab.stop('faults'); }, 60_000);

  test('a zone that is cut off reaches nothing outside, still knows itself, and comes back', async () => {
    await partition(here.lab, 'us-east-1a');
    expect(await call()).toBeUndefined();
    expect(await api()).toBe('000');
    expect(await metadata('instance-id')).toBe(one.id);
    expect(await heal(here.lab, 'us-east-1a')).toBe(true);
    expect(await call()).toBeDefined();
    expect(await heal(here.lab, 'us-east-1a')).toBe(false);
  });

  test('a zone that is not there is one line that names those that are', async () => {
    await expect(partition(here.lab, 'us-east-1q')).rejects.toThrow(/^lab: the zone must have a subnet, got us-east-1q; choose from: us-east-1a, us-east-1b/);
  });

  test('machines do not reach the API for the time that was named, and reach each other', async () => {
    expect(await api()).toMatch(/^[24]/);
    await outage(here.lab, '6');
    expect(await api()).toBe('000');
    expect(await call()).toBeDefined();
    await until('it is over', async () => /^[24]/.test(await api()));
  });

  test('a machine far away answers that much later, until it is near again', async () => {
    await slow(here.lab, other.id, '300');
    expect(await call(5)).toBeGreaterThan(0.55);
    await slow(here.lab, other.id, '0');
    expect(await call(5)).toBeLessThan(0.5);
  });

  test('a machine that hangs answers nobody, and goes on where it was', async () => {
    await pause(here.lab, other.id, true);
    expect(await call()).toBeUndefined();
    await pause(here.lab, other.id, false);
    expect(await until('it answers', call)).toBeDefined();
  });

  test('a machine learns where its group is taking it, and that EC2 takes it back', async () => {
    expect(await metadata('spot/instance-action')).toContain('Not Found');
    const { ends } = await spotNotice(here.lab, one.id);
    const told = await until('it is told', async () => { const text = await metadata('spot/instance-action'); return text.startsWith('{') && text; });
    expect(JSON.parse(String(told))).toEqual({ action: 'terminate', time: ends });
    expect((await inventory(here.lab)).machines.find(({ id }) => id === one.id)!.notice).toBe(ends);
  });
});
