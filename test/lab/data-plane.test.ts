import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, listAt, textAt } from '../../lab/api.js';
import { certificatePaths } from '../../lab/certificate.js';
import { run } from '../../lab/command.js';
import { daemonGroup } from '../../lab/daemons.js';
import { HAProxy } from '../../lab/haproxy.js';
import { inventory } from '../../lab/inventory.js';
import type { Machine } from '../../lab/machine.js';
import { up } from '../../lab/up.js';
import { inside, TestLab, until } from './a-lab.js';

/** Says who it is and what it was told of the client; on port 8080 whom a proxy protocol header names. */
const SERVER = `
cat >/var/tmp/server.py <<'PYTHON'
import http.server, json, socket, sys, threading, time
name, state = socket.gethostname(), {'health': 200}
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        if self.path.startswith('/health/'): state['health'] = int(self.path[8:])
        if self.path.startswith('/wait/'): time.sleep(float(self.path[6:]))
        if self.path == '/cut':
            self.close_connection = True
            return
        status = state['health'] if self.path == '/health' else int(self.path[8:]) if self.path.startswith('/status/') else 200
        self.answer(status, {'name': name, 'peer': self.client_address[0], 'headers': {k.lower(): v for k, v in self.headers.items()}})
    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status); self.send_header('content-length', str(len(text))); self.end_headers(); self.wfile.write(text)
    def log_message(self, *_): pass
class Behind(Handler):
    def setup(self):
        head = b''
        while len(head) < 16: head += self.request.recv(16 - len(head))
        length = int.from_bytes(head[14:16], 'big')
        rest = self.request.recv(length) if length else b''
        self.told = {0x21: lambda: socket.inet_ntoa(rest[:4]), 0x20: lambda: 'nobody'}[head[12]]()
        super().setup()
    def answer(self, status, body): super().answer(status, {**body, 'proxied': self.told})
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 1024
for port, handler in ((8000, Handler), (8080, Behind)):
    threading.Thread(target=Server(('0.0.0.0', port), handler).serve_forever).start()
PYTHON
systemd-run --quiet --unit=server python3 /var/tmp/server.py
`;

interface Told {
  readonly name: string;
  readonly peer: string;
  readonly proxied?: string;
  readonly headers: Readonly<Record<string, string>>;
}

let here: TestLab;
let machines: Machine[];
let groups: { door: string; inside: string };
const elb = (action: string, parameters: Record<string, string>) => here.api.query('elasticloadbalancing', action, parameters);
const ec2 = (action: string, parameters: Record<string, string> = {}) => here.api.query('ec2', action, parameters);

beforeAll(async () => {
  here = await TestLab.start('plane');
  machines = await Promise.all([here.launch(SERVER), here.launch(SERVER, 'us-east-1b')]);
  const vpc = textAt(listAt(await ec2('DescribeVpcs'), 'vpcSet')[0], 'vpcId');
  const door = textAt(await ec2('CreateSecurityGroup', { GroupName: 'door', GroupDescription: 'door', VpcId: vpc }), 'groupId');
  const within = listAt(await ec2('DescribeSecurityGroups', { 'Filter.1.Name': 'group-name', 'Filter.1.Value.1': 'default' }), 'securityGroupInfo').find((group) => textAt(group, 'vpcId') === vpc);
  groups = { door, inside: textAt(within, 'groupId') };
  for (const port of ['80', '8081']) await ec2('AuthorizeSecurityGroupIngress', { GroupId: door, ...permission(port, { 'IpRanges.1.CidrIp': '0.0.0.0/0' }) });
  for (const port of ['8000', '8080']) await ec2('AuthorizeSecurityGroupIngress', { GroupId: groups.inside, ...permission(port, { 'Groups.1.GroupId': door }) });
}, 300_000);

afterAll(async () => { await TestLab.stop('plane'); }, 60_000);

describe('an application load balancer', () => {
  let shop: { address: string; arn: string; targets: string };
  const url = (path = '/') => `http://${shop.address}${path}`;

  test('answers at its address, and passes on to a target that passed one check', async () => {
    shop = await loadBalancer('shop', 'application', 80, { Protocol: 'HTTP', Port: '8000', HealthCheckPath: '/health', HealthCheckIntervalSeconds: '5', HealthCheckTimeoutSeconds: '2', HealthyThresholdCount: '3' });
    await until('it says that there is no target', async () => (await get(url())).status === 503);
    expect((await get(url())).headers['server']).toBe('awselb/2.0');
    await register(shop.targets, machines);
    await until('both answer', async () => new Set(await names(url(), 6)).size === 2);
    await until('both are well', async () => (await states(shop.targets)).join() === 'healthy,healthy');
  });

  test('tells targets who asks, as AWS does, from an address of its own subnet', async () => {
    const { headers, peer } = (await get(url(), { 'x-forwarded-for': '192.0.2.1', 'x-forwarded-proto': 'https' })).told!;
    expect(headers['x-forwarded-for']).toBe(`192.0.2.1, ${here.lab.host}`);
    expect([headers['x-forwarded-proto'], headers['x-forwarded-port'], headers['host']]).toEqual(['http', '80', shop.address]);
    expect(headers['x-amzn-trace-id']).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
    expect(peer).toMatch(/^172\.31\./);
  });

  test('does nothing twice: a target that hangs up is a 502, and the status of a target is passed on', async () => {
    expect((await get(url('/cut'))).status).toBe(502);
    const refused = await get(url('/status/503'));
    expect([refused.status, refused.headers['server'] === 'awselb/2.0']).toEqual([503, false]);
  });

  test('sends nothing to a target that is ill, and to all when none is well', async () => {
    await ask(machines[0]!, '/health/500');
    await until('the other alone has traffic', async () => new Set(await names(url(), 6)).size === 1, 40);
    await until('the region knows', async () => (await states(shop.targets)).sort().join() === 'healthy,unhealthy');
    await ask(machines[1]!, '/health/500');
    await until('both have traffic', async () => new Set(await names(url(), 6)).size === 2, 40);
    await until('the region knows', async () => (await states(shop.targets)).join() === 'unhealthy,unhealthy');
    await Promise.all(machines.map((machine) => ask(machine, '/health/200')));
    await until('both are well', async () => (await states(shop.targets)).join() === 'healthy,healthy', 60);
  });

  test('loses no request while targets come and go, nor one that takes long', async () => {
    const visitors = new Visitors(url());
    const long = get(url('/wait/4'));
    for (const machine of [machines[0]!, machines[1]!, machines[0]!]) {
      await elb('DeregisterTargets', { 'TargetGroupArn': shop.targets, 'Targets.member.1.Id': machine.id });
      await until('the other alone has traffic', async () => new Set(await names(url(), 6)).size === 1);
      await register(shop.targets, [machine]);
      await until('both have traffic', async () => new Set(await names(url(), 6)).size === 2);
    }
    expect((await long).status).toBe(200);
    const { good, bad } = await visitors.leave();
    expect(bad).toEqual([]);
    expect(good).toBeGreaterThan(100);
  });

  test('takes a new rule without losing a request', async () => {
    const listener = textAt(listAt(await elb('DescribeListeners', { LoadBalancerArn: shop.arn }), 'DescribeListenersResult', 'Listeners')[0], 'ListenerArn');
    const visitors = new Visitors(url());
    const rule = { 'ListenerArn': listener, 'Conditions.member.1.Field': 'path-pattern', 'Conditions.member.1.Values.member.1': '/old/*' };
    const to = { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' };
    await elb('CreateRule', { ...rule, 'Priority': '1', 'Actions.member.1.Type': 'redirect', ...Object.fromEntries(Object.entries(to).map(([key, value]) => [`Actions.member.1.RedirectConfig.${key}`, value])) });
    const moved = await until('it moves', async () => { const { status, headers } = await get(url('/old/page?a=b')); return status === 301 && headers['location']; });
    expect(moved).toBe(`https://${shop.address}:443/old/page?a=b`);
    expect((await get(url('/older'))).status).toBe(200);
    await sleep(500);
    expect((await visitors.leave()).bad).toEqual([]);
  });

  test('serves on while the hypervisor is dead, and loses nothing when the next one takes it over', async () => {
    const visitors = new Visitors(url());
    await daemonGroup(here.lab, 'host').kill();
    await sleep(1000);
    await up(here.lab.name);
    await elb('DeregisterTargets', { 'TargetGroupArn': shop.targets, 'Targets.member.1.Id': machines[0]!.id });
    await until('the other alone has traffic', async () => new Set(await names(url(), 6)).size === 1);
    await register(shop.targets, [machines[0]!]);
    await until('both have traffic', async () => new Set(await names(url(), 6)).size === 2);
    expect((await visitors.leave()).bad).toEqual([]);
  });

  test('lets in what its security group lets in, and nothing else; machines let in what theirs do', async () => {
    expect(await code('curl', ['-s', '-m', '2', `http://${shop.address}:8000/`])).toBe('no answer');
    expect(await inside(machines[0]!, `curl -s -m 2 -o /dev/null -w '%{http_code}' ${url()}`)).toBe('200');
    const { privateAddress } = (await inventory(here.lab)).machines.find(({ id }) => id === machines[1]!.id)!;
    expect(await code('ip', ['netns', 'exec', here.lab.id, 'curl', '-s', '-m', '2', `http://${privateAddress}:8000/`])).toBe('no answer');
  });

  test('ends TLS with a certificate for the names that it was asked for, and says so to targets', async () => {
    const { CertificateArn } = await here.api.json<{ CertificateArn: string }>('acm', 'CertificateManager.RequestCertificate', { DomainName: 'shop.example.com', SubjectAlternativeNames: ['www.example.com'] });
    await ec2('AuthorizeSecurityGroupIngress', { GroupId: groups.door, ...permission('443', { 'IpRanges.1.CidrIp': '0.0.0.0/0' }) });
    await elb('CreateListener', { 'LoadBalancerArn': shop.arn, 'Protocol': 'HTTPS', 'Port': '443', 'Certificates.member.1.CertificateArn': CertificateArn, 'DefaultActions.member.1.Type': 'forward', 'DefaultActions.member.1.TargetGroupArn': shop.targets });
    const page = () => run('curl', ['-sf', '-m', '3', '--http2', '--cacert', certificatePaths(here.lab).authority, '--resolve', `www.example.com:443:${shop.address}`, 'https://www.example.com/']).catch(() => '');
    const { headers } = JSON.parse(String(await until('it answers', page))) as Told;
    expect([headers['x-forwarded-proto'], headers['x-forwarded-port'], headers['host']]).toEqual(['https', '443', 'www.example.com']);
  });

  test('publishes what it counted, under the names that AWS has', async () => {
    for (let request = 0; request < 20; request++) await get(url('/wait/0.05'));
    await get(url('/cut'));
    await get(url('/status/500'));
    const wanted = ['RequestCount LoadBalancer', 'RequestCountPerTarget LoadBalancer+TargetGroup', 'RequestCountPerTarget TargetGroup', 'TargetResponseTime LoadBalancer', 'HTTPCode_ELB_5XX_Count LoadBalancer',
      'HTTPCode_Target_5XX_Count LoadBalancer+TargetGroup', 'HealthyHostCount LoadBalancer+TargetGroup', 'UnHealthyHostCount LoadBalancer+TargetGroup'];
    const missing = async () => {
      const seen = (await metrics('AWS/ApplicationELB')).map((metric) => `${textAt(metric, 'MetricName')} ${listAt(metric, 'Dimensions').map((dimension) => textAt(dimension, 'Name')).sort().join('+')}`);
      return wanted.filter((metric) => !seen.includes(metric));
    };
    await until('the metrics are there', async () => (await missing()).length === 0, 30).catch(async (error: Error) => { throw new Error(`${error.message}, without ${(await missing()).join(', ')}`); });
  });

  test('is gone when it was deleted, and so is its address', async () => {
    await elb('DeleteLoadBalancer', { LoadBalancerArn: shop.arn });
    await until('nothing runs', async () => !new HAProxy(here.lab, 'shop').running);
    await until('nothing is left', async () => !(await run('ip', ['-n', here.lab.id, 'address', 'show', 'dev', 'lo'])).includes(shop.address));
  });
});

describe('a network load balancer', () => {
  test('tells targets by proxy protocol who calls, and checks them with a header that names nobody', async () => {
    const wire = await loadBalancer('wire', 'network', 8081, { Protocol: 'TCP', Port: '8080', HealthCheckProtocol: 'HTTP', HealthCheckPath: '/health', HealthCheckIntervalSeconds: '5', HealthCheckTimeoutSeconds: '2' });
    await elb('ModifyTargetGroupAttributes', { 'TargetGroupArn': wire.targets, 'Attributes.member.1.Key': 'proxy_protocol_v2.enabled', 'Attributes.member.1.Value': 'true' });
    await register(wire.targets, machines);
    await until('both answer', async () => new Set(await names(`http://${wire.address}:8081/`, 8)).size === 2);
    expect((await get(`http://${wire.address}:8081/`)).told!.proxied).toBe(here.lab.host);
    await until('both are well', async () => (await states(wire.targets)).join() === 'healthy,healthy');
  });
});

function permission(port: string, peer: Record<string, string>): Record<string, string> {
  const about = { IpProtocol: 'tcp', FromPort: port, ToPort: port, ...peer };
  return Object.fromEntries(Object.entries(about).map(([key, value]) => [`IpPermissions.1.${key}`, value]));
}

async function loadBalancer(name: string, type: string, port: number, target: Record<string, string>): Promise<{ address: string; arn: string; targets: string }> {
  const subnets = listAt(await ec2('DescribeSubnets'), 'subnetSet').slice(0, 2).map((subnet, index) => [`Subnets.member.${index + 1}`, textAt(subnet, 'subnetId')] as const);
  const vpc = textAt(listAt(await ec2('DescribeVpcs'), 'vpcSet')[0], 'vpcId');
  const made = listAt(await elb('CreateLoadBalancer', { 'Name': name, 'Type': type, 'SecurityGroups.member.1': groups.door, ...Object.fromEntries(subnets) }), 'CreateLoadBalancerResult', 'LoadBalancers')[0];
  const targets = textAt(listAt(await elb('CreateTargetGroup', { Name: name, VpcId: vpc, UnhealthyThresholdCount: '2', ...target }), 'CreateTargetGroupResult', 'TargetGroups')[0], 'TargetGroupArn');
  const arn = textAt(made, 'LoadBalancerArn');
  await elb('CreateListener', { 'LoadBalancerArn': arn, 'Protocol': type === 'network' ? 'TCP' : 'HTTP', 'Port': String(port), 'DefaultActions.member.1.Type': 'forward', 'DefaultActions.member.1.TargetGroupArn': targets });
  return { address: textAt(made, 'DNSName'), arn, targets };
}

async function register(group: string, who: readonly Machine[]): Promise<void> {
  await elb('RegisterTargets', { TargetGroupArn: group, ...Object.fromEntries(who.map(({ id }, index) => [`Targets.member.${index + 1}.Id`, id])) });
}

async function states(group: string): Promise<string[]> {
  return listAt(await elb('DescribeTargetHealth', { TargetGroupArn: group }), 'DescribeTargetHealthResult', 'TargetHealthDescriptions').map((each) => textAt(each, 'TargetHealth', 'State'));
}

async function metrics(namespace: string): Promise<Answer[]> {
  return listAt(await here.api.query('monitoring', 'ListMetrics', { Namespace: namespace }), 'ListMetricsResult', 'Metrics');
}

/** Asks a machine itself. */
async function ask(machine: Machine, path: string): Promise<void> {
  await inside(machine, `curl -s http://127.0.0.1:8000${path}`);
}

function code(command: string, args: string[]): Promise<string> {
  return run(command, [...args, '-o', '/dev/null', '-w', '%{http_code}']).catch(() => 'no answer');
}

async function names(url: string, count: number): Promise<string[]> {
  return (await Promise.all(Array.from({ length: count }, () => get(url)))).map(({ told }) => told?.name ?? 'nobody');
}

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly told?: Told;
}

/** What came back; status 0 where nothing did. */
function get(url: string, headers: Record<string, string> = {}, agent: Agent | false = false): Promise<Got> {
  return new Promise((resolve) => {
    const nothing = () => resolve({ status: 0, headers: {} });
    request(url, { headers, agent, timeout: 15_000 }, (answer) => {
      answer.toArray().then((parts) => {
        const text = Buffer.concat(parts).toString();
        resolve({ status: answer.statusCode!, headers: answer.headers, ...(text.startsWith('{') && { told: JSON.parse(text) as Told }) });
      }, nothing);
    }).on('error', nothing).end();
  });
}

/** They ask again and again, on connections that they keep. */
class Visitors {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 8 });
  private going = true;
  private good = 0;
  private readonly bad: number[] = [];
  private readonly visits: Promise<void>[];

  constructor(private readonly url: string) {
    this.visits = Array.from({ length: 8 }, () => this.visit());
  }

  async leave(): Promise<{ good: number; bad: number[] }> {
    this.going = false;
    await Promise.all(this.visits);
    this.agent.destroy();
    return { good: this.good, bad: this.bad };
  }

  private async visit(): Promise<void> {
    for (; this.going; await sleep(3)) {
      const { status } = await get(this.url, {}, this.agent);
      if (status === 200) this.good++;
      else this.bad.push(status);
    }
  }
}
