import { Match, Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { parsePointer } from '../../app-runtime/release-pointer.js';
import { parseSettings } from '../../app-runtime/settings.js';
import { splitTier } from '../../app-runtime/split-tier.js';
import { Balancer, Proxy, Secret, SingleNodeStack, SplitTierStack, type SplitTierStackProps, Update } from '../../lib/index.js';
import { expectGolden } from '../golden.js';
import { app, env, example, filledIn, packagesOf, reviewed, statements, told, userData, VALUES } from './templates.js';

const certificate = 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0000-0000-0000-000000000000';
const made = (props: Partial<SplitTierStackProps> = {}, id = 'split-tier') => new SplitTierStack(app(), id, { application: example('wsgi'), env, balancer: Balancer.nginx(), ...props });
const template = (props: Partial<SplitTierStackProps> = {}) => Template.fromStack(made(props));
const balancers = { nginx: Balancer.nginx(), alb: Balancer.alb() };

const of: Record<string, Template> = {};
beforeAll(() => {
  for (const [name, balancer] of Object.entries(balancers)) of[name] = template({ balancer });
});

const group = (from: Template, id = 'Group') => from.toJSON().Resources[id];
describe.each(['nginx', 'alb'] as const)('behind %s', (name) => {
  test('app servers have no desired capacity, so that a deploy never resets the size', () => {
    expect(group(of[name]!).Properties).toMatchObject({ MinSize: '2', MaxSize: '6' });
    expect(JSON.stringify(of[name]!.toJSON())).not.toContain('DesiredCapacity');
  });

  test('machines stand in private subnets of two zones, and no machine has a public address', () => {
    const resources = of[name]!.toJSON().Resources as Record<string, any>;
    for (const { Properties } of Object.values(of[name]!.findResources('AWS::AutoScaling::AutoScalingGroup'))) {
      const subnets = (Properties.VPCZoneIdentifier as { Ref: string }[]).map(({ Ref }) => resources[Ref].Properties);
      expect(subnets.map(({ AvailabilityZone, MapPublicIpOnLaunch }) => [AvailabilityZone, MapPublicIpOnLaunch])).toEqual([['eu-central-1a', false], ['eu-central-1b', false]]);
    }
  });

  test('a machine boots only when its way out is there', () => {
    expect((group(of[name]!).DependsOn as string[]).filter((id) => /private.*DefaultRoute/.test(id))).toHaveLength(2);
  });

  test('a release goes to one server first, is watched, and then to the others beside the old ones', () => {
    expect(group(of[name]!).UpdatePolicy.AutoScalingInstanceRefresh).toMatchObject({
      Strategy: 'Rolling', Preferences: { MinHealthyPercentage: 100, MaxHealthyPercentage: 200, CheckpointPercentages: [1, 100], SkipMatching: true, BakeTime: name === 'nginx' ? 45 : 120 },
    });
  });

  test('errors, slow answers, unhealthy servers and a refused release take the release back', () => {
    const { Alarms } = group(of[name]!).UpdatePolicy.AutoScalingInstanceRefresh.Preferences.AlarmSpecification;
    const alarms = of[name]!.findResources('AWS::CloudWatch::Alarm');
    expect(Alarms.map(({ Ref }: { Ref: string }) => Ref).sort()).toEqual(Object.keys(alarms).filter((id) => !id.startsWith('RefusedBalancers')).sort());
    expect(Alarms).toHaveLength(4);
    for (const { Properties } of Object.values(alarms)) expect(Properties.TreatMissingData).toBe('notBreaching');
  });

  test('a release can be gone back on: its template version has a number and its image an id', () => {
    expect(group(of[name]!).Properties.LaunchTemplate.Version).toEqual({ 'Fn::GetAtt': [expect.any(String), 'LatestVersionNumber'] });
    for (const { Properties } of Object.values(of[name]!.findResources('AWS::EC2::LaunchTemplate'))) expect(Properties.LaunchTemplateData.ImageId).toMatch(/^ami-/);
  });

  test('a new release has a launch template of its own, so that the servers before it are what they were, and its parameter changes before the group', () => {
    const other = template({ balancer: balancers[name], environment: { GREETING: 'hello' } });
    const release = (from: Template) => { const settings = told(from, 'GroupTemplate'); return settings.role === 'app-server' ? settings.release.digest : ''; };
    expect(release(other)).not.toBe(release(of[name]!));
    const named = (from: Template) => Object.keys(from.findResources('AWS::EC2::LaunchTemplate')).find((id) => id.startsWith('GroupTemplate'));
    expect(named(other)).not.toBe(named(of[name]!));
    const [[parameter, { Properties }]] = Object.entries(other.findResources('AWS::SSM::Parameter')) as [[string, any]];
    expect(parsePointer(Properties.Value).digest).toBe(release(other));
    expect(group(other).DependsOn).toContain(parameter);
    other.resourceCountIs('AWS::CloudFormation::WaitCondition', 0);
  });

  test('the alarm of a refused release is the release\'s own, so that the one gone back to is quiet', () => {
    const settings = told(of[name]!, 'GroupTemplate');
    const digest = settings.role === 'app-server' ? settings.release.digest.slice(0, 12) : '';
    expect(of[name]!.findResources('AWS::CloudWatch::Alarm')[`RefusedRelease${digest}`]!.Properties).toMatchObject({
      Namespace: splitTier.namespace, MetricName: 'RefusedReleases', Period: 10, Threshold: 1,
      Dimensions: [{ Name: 'Deployment', Value: 'split-tier' }, { Name: 'Release', Value: digest }],
    });
  });

  test('the first machines have the hooks too, and a whole drain fits between two words of a machine', () => {
    for (const { Properties } of Object.values(of[name]!.findResources('AWS::AutoScaling::AutoScalingGroup'))) {
      const [launching, terminating] = Properties.LifecycleHookSpecificationList;
      expect(launching).toMatchObject({ LifecycleHookName: 'paddock-launching', DefaultResult: 'ABANDON' });
      expect(terminating).toMatchObject({ LifecycleHookName: 'paddock-terminating', DefaultResult: 'CONTINUE' });
      expect(terminating.HeartbeatTimeout).toBeGreaterThan(15 + 35);
    }
    of[name]!.resourceCountIs('AWS::AutoScaling::LifecycleHook', 0);
  });

  test('app servers that answer badly are not replaced by their group: the database may be away', () => {
    expect(group(of[name]!).Properties.HealthCheckType ?? 'EC2').toBe('EC2');
  });

  test('the first deploy waits for the smallest number of servers', () => {
    expect(group(of[name]!).CreationPolicy.ResourceSignal).toEqual({ Count: 2, Timeout: 'PT15M' });
  });

  test('machines carry their deployment and role', () => {
    const tags = (id: string) => Object.fromEntries((group(of[name]!, id).Properties.Tags as any[]).filter((tag) => tag.PropagateAtLaunch).map((tag) => [tag.Key, tag.Value]));
    expect(tags('Group')).toMatchObject({ 'paddock:deployment': 'split-tier', 'paddock:role': 'app-server', Name: 'split-tier-app-servers' });
  });

  test('user data is at most 4 KiB for the longest name, and the settings in it are what a machine accepts', () => {
    const longest = 'a'.repeat(32);
    const from = Template.fromStack(made({ balancer: balancers[name], proxy: Proxy.apache(), domains: ['shop.example.com'], certificate }, longest));
    for (const launchTemplate of Object.keys(from.findResources('AWS::EC2::LaunchTemplate'))) {
      const text = userData(from, launchTemplate, { ...VALUES, 'AWS::StackId': VALUES['AWS::StackId'].replace('split-tier', longest) });
      expect(Buffer.byteLength(text), launchTemplate).toBeLessThanOrEqual(4096);
      expect(parseSettings(/^\{.*\}$/m.exec(text)![0])).toMatchObject({ deployment: longest, network: '10.1.0.0/16' });
    }
  });

  test('a proxy of one\'s own choice stands where there is one on an app server, and nowhere else', () => {
    const from = Template.fromStack(made({ balancer: balancers[name], proxy: Proxy.apache() }));
    const told = Object.keys(from.findResources('AWS::EC2::LaunchTemplate')).map((id) => /^\{.*\}$/m.exec(userData(from, id, VALUES))![0]);
    expect(told.filter((settings) => settings.includes('"proxy":"apache"'))).toHaveLength(name === 'alb' ? 1 : 0);
    expect(JSON.stringify(from.toJSON()).includes('apache2-bin')).toBe(name === 'alb');
  });

  test('the number of servers follows the share of busy threads, and the processor', () => {
    const policies = Object.values(of[name]!.findResources('AWS::AutoScaling::ScalingPolicy')).filter(({ Properties }) => Properties.AutoScalingGroupName.Ref === 'Group').map(({ Properties }) => Properties.TargetTrackingConfiguration);
    expect(policies).toContainEqual({
      TargetValue: 60, CustomizedMetricSpecification: { Namespace: 'Paddock', MetricName: 'BusyThreads', Statistic: 'Average', Unit: 'Percent', Period: 10, Dimensions: [{ Name: 'Deployment', Value: 'split-tier' }] },
    });
    expect(policies).toContainEqual({ TargetValue: 80, PredefinedMetricSpecification: { PredefinedMetricType: 'ASGAverageCPUUtilization' } });
  });

  test('the application\'s secrets and the shared key are read by app servers alone', () => {
    const from = template({ balancer: balancers[name], secrets: { API_KEY: Secret.parameter('/shop/api-key') } });
    const reads = (role: string) => JSON.stringify(statements(from, role));
    expect(reads('AppServers')).toMatch(/parameter\/shop\/api-key.*secret:paddock\/split-tier\/secret-key-\?{6}/);
    expect(reads('Balancer')).not.toMatch(/api-key|secretsmanager|kms/);
  });

  test('a machine speaks for its own group alone, and publishes in one namespace', () => {
    for (const { Action, Resource } of statements(of[name]!).filter(({ Action }) => /Lifecycle|SetInstanceHealth/.test(String(Action)))) {
      expect(Resource, String(Action)).toMatch(/:autoScalingGroup:\*:autoScalingGroupName\/split-tier-(app-servers|balancers)$/);
    }
    for (const statement of statements(of[name]!).filter(({ Action }) => Action === 'cloudwatch:PutMetricData')) {
      expect(statement).toMatchObject({ Condition: { StringEquals: { 'cloudwatch:namespace': 'Paddock' } } });
    }
  });

  test('a machine fetches what its deployment put into S3, and nobody else\'s', () => {
    const objects = statements(of[name]!).filter(({ Action }) => [Action].flat().includes('s3:GetObject')).flatMap(({ Resource }) => [Resource].flat());
    expect([...new Set(objects)].sort()).toEqual([
      'arn:<AWS::Partition>:s3:::amazon-ssm-eu-central-1/latest/debian_amd64/amazon-ssm-agent.deb',
      'arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-123456789012-eu-central-1/paddock/split-tier/*',
    ]);
    const settings = told(of[name]!, 'GroupTemplate');
    expect(settings.agent.key).toMatch(/^paddock\/split-tier\//);
    expect(settings.role === 'app-server' && settings.release.key).toMatch(/^paddock\/split-tier\//);
  });

  test('app servers let in the balancer and nobody else', () => {
    const servers = Object.values(of[name]!.findResources('AWS::EC2::SecurityGroupIngress')).map(({ Properties }) => filledIn(Properties) as any).filter(({ GroupId }) => GroupId.includes('AppServers'));
    expect(servers.map(({ FromPort }) => FromPort)).toEqual(name === 'nginx' ? [8000, 8001] : [80, 81]);
    for (const { SourceSecurityGroupId } of servers) expect(SourceSecurityGroupId).toMatch(/^<Balancer/);
    for (const [id, { Properties }] of Object.entries(of[name]!.findResources('AWS::EC2::SecurityGroup'))) {
      const open = (Properties.SecurityGroupIngress ?? []).filter(({ CidrIp }: { CidrIp: string }) => CidrIp === '0.0.0.0/0').map(({ FromPort }: { FromPort: number }) => FromPort);
      expect(open, id).toEqual(/LoadBalancerSecurityGroup|^BalancerSecurityGroup/.test(id) ? [80] : []);
    }
  });

  test('the load balancer is protected, writes access logs, and the site answers at its name', () => {
    const [{ Properties }] = Object.values(of[name]!.findResources('AWS::ElasticLoadBalancingV2::LoadBalancer')) as [any];
    const attributes = Object.fromEntries(Properties.LoadBalancerAttributes.map(({ Key, Value }: any) => [Key, Value]));
    expect(attributes).toMatchObject({ 'deletion_protection.enabled': 'true', 'access_logs.s3.enabled': 'true' });
    expect(Properties.Scheme).toBe('internet-facing');
    expect(filledIn(of[name]!.findOutputs('Url').Url!.Value)).toMatch(/^http:\/\/<Balancer.*\.DNSName>\/$/);
  });

  test('with a certificate visitors by HTTP are sent to HTTPS, and the address is the domain\'s', () => {
    const secure = template({ balancer: balancers[name], domains: ['shop.example.com'], certificate });
    const listeners = Object.values(secure.findResources('AWS::ElasticLoadBalancingV2::Listener')).map(({ Properties }) => Properties);
    expect(listeners.find(({ Port }) => Port === 443)).toMatchObject({ Certificates: [{ CertificateArn: certificate }], SslPolicy: 'ELBSecurityPolicy-TLS13-1-2-2021-06' });
    if (name === 'alb') expect(listeners.find(({ Port }) => Port === 80).DefaultActions).toEqual([{ Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS', Port: '443', StatusCode: 'HTTP_301' } }]);
    else expect(told(secure, 'BalancersTemplate')).toMatchObject({ https: true });
    expect(secure.findOutputs('Url').Url!.Value).toBe('https://shop.example.com/');
  });

  test('servers have the packages that they need and no others', () => {
    expect(packagesOf(of[name]!, 'GroupTemplate').install).toEqual(name === 'nginx' ? ['nodejs', 'python3'] : ['nodejs', 'python3', 'nginx', 'libnginx-mod-http-brotli-static']);
  });

  test('Debian\'s newest packages are for machines that are yet to boot, and replace none', () => {
    const { key, digest } = packagesOf(of[name]!, 'GroupTemplate');
    const launchTemplates = of[name]!.findResources('AWS::EC2::LaunchTemplate');
    expect(key).toMatch(/^paddock\/split-tier\//);
    expect(JSON.stringify(launchTemplates)).not.toContain(digest);
    for (const [id, { DependsOn }] of Object.entries(launchTemplates)) expect(DependsOn, id).toContainEqual(expect.stringContaining('Packages'));
  });

  test('the template is the one that was reviewed', () => {
    expectGolden(`template/split-tier-${name}.json`, reviewed(of[name]!));
  });
});

test('the two topologies and both balancers serve the very same release', () => {
  const alone = Template.fromStack(new SingleNodeStack(app(), 'single-node', { application: example('wsgi'), env }));
  const digests = [alone, ...Object.values(of)].map((from) => parsePointer((Object.values(from.findResources('AWS::SSM::Parameter')) as any[])[0].Properties.Value).digest);
  expect(new Set(digests).size).toBe(1);
});

test('the secret key is made once, kept, and lies in a stack of its own', () => {
  const { data } = made();
  Template.fromStack(data).hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain', Properties: { Name: 'paddock/split-tier/secret-key', GenerateSecretString: Match.anyValue() } });
  Template.fromStack(data).resourceCountIs('AWS::SecretsManager::Secret', 1);
});

test('spot servers stand above a base that AWS does not take back, and their successors start at the first sign', () => {
  const from = template({ spotShare: 75, minServers: 2, spotInstanceTypes: ['t3a.small'] });
  expect(group(from).Properties).toMatchObject({
    CapacityRebalance: true,
    MixedInstancesPolicy: {
      InstancesDistribution: { OnDemandBaseCapacity: 2, OnDemandPercentageAboveBaseCapacity: 25, SpotAllocationStrategy: 'price-capacity-optimized' },
      LaunchTemplate: { LaunchTemplateSpecification: { Version: { 'Fn::GetAtt': [expect.any(String), 'LatestVersionNumber'] } }, Overrides: [{ InstanceType: 't3.small' }, { InstanceType: 't3a.small' }] },
    },
  });
  expect(group(from).Properties).not.toHaveProperty('LaunchTemplate');
});

test('a warm pool is as large as it was asked for, whatever the group may still grow by', () => {
  template({ warmServers: 2 }).hasResourceProperties('AWS::AutoScaling::WarmPool', { MinSize: 2, MaxGroupPreparedCapacity: 2, PoolState: 'Stopped' });
});

test('a schedule and a rolling update are a line each', () => {
  const from = template({ schedules: [{ cron: '0 7 * * MON-FRI', timeZone: 'Europe/Berlin', minServers: 4, maxServers: 12 }], update: Update.rollingUpdate() });
  from.hasResourceProperties('AWS::AutoScaling::ScheduledAction', { Recurrence: '0 7 * * MON-FRI', TimeZone: 'Europe/Berlin', MinSize: 4, MaxSize: 12, DesiredCapacity: Match.absent() });
  expect(group(from).UpdatePolicy).toMatchObject({
    AutoScalingRollingUpdate: { MinInstancesInService: 2, MaxBatchSize: 1, WaitOnResourceSignals: true, SuspendProcesses: expect.arrayContaining(['AlarmNotification', 'AZRebalance', 'ScheduledActions', 'ReplaceUnhealthy']) },
    AutoScalingScheduledAction: { IgnoreUnmodifiedGroupSizeProperties: true },
  });
  expect(group(from).UpdatePolicy).not.toHaveProperty('AutoScalingInstanceRefresh');
});

test('balancers of which one cannot boot are taken back by an alarm of their own kind, so that the one gone back to is quiet', () => {
  const { machine } = told(of['nginx']!, 'BalancersTemplate');
  const { Alarms } = group(of['nginx']!, 'Balancers').UpdatePolicy.AutoScalingInstanceRefresh.Preferences.AlarmSpecification;
  expect(Alarms).toHaveLength(4);
  expect(Alarms).toContainEqual({ Ref: `RefusedBalancers${machine}` });
  expect(of['nginx']!.findResources('AWS::CloudWatch::Alarm')[`RefusedBalancers${machine}`]!.Properties).toMatchObject({
    Namespace: splitTier.namespace, MetricName: 'RefusedReleases', Period: 10, Threshold: 1,
    Dimensions: [{ Name: 'Deployment', Value: 'split-tier' }, { Name: 'Release', Value: machine }],
  });
});

test('whoever is named is told of an alarm', () => {
  const alarmTopic = 'arn:aws:sns:eu-central-1:123456789012:on-call';
  const alarms = Object.values(template({ alarmTopic }).findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties.AlarmActions);
  expect(alarms).toEqual(Array.from({ length: 5 }, () => [alarmTopic]));
});

test('with nothing to be watched a release waits for nothing', () => {
  expect(group(template({ bakeTime: 0, balancer: Balancer.alb() })).UpdatePolicy.AutoScalingInstanceRefresh.Preferences).toMatchObject({ CheckpointDelay: 0, BakeTime: 0 });
});

test('the first new server is watched for as long as the alarms need', () => {
  const delay = (balancer: Balancer, bakeTime: number) => group(template({ balancer, bakeTime })).UpdatePolicy.AutoScalingInstanceRefresh.Preferences.CheckpointDelay;
  expect([delay(Balancer.nginx(), 30), delay(Balancer.nginx(), 300), delay(Balancer.alb(), 30), delay(Balancer.alb(), 300)]).toEqual([45, 300, 120, 300]);
});

test('without an account the template asks for images instead of choosing them', () => {
  const anywhere = Template.fromStack(new SplitTierStack(app({}), 'split-tier', { application: example('wsgi'), balancer: Balancer.nginx() }));
  const images = Object.values(anywhere.toJSON().Parameters as Record<string, { Type: string }>).filter(({ Type }) => Type === 'AWS::EC2::Image::Id');
  expect(images).toHaveLength(2);
});
