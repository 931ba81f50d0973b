import { Match, Template } from 'aws-cdk-lib/assertions';
import { beforeAll, expect, test } from 'vitest';
import { Balancer, SplitTierStack, type SplitTierStackProps } from '../../lib/index.js';
import { app, env, example, packagesOf, told } from './templates.js';

const template = (props: Partial<SplitTierStackProps>) => Template.fromStack(new SplitTierStack(app(), 'split-tier', { application: example('wsgi'), env, balancer: Balancer.nginx(), ...props }));

let nginx: Template;
beforeAll(() => { nginx = template({}); });

test('nginx machines hear from the load balancer where a visitor comes from', () => {
  const [{ Properties }] = Object.values(nginx.findResources('AWS::ElasticLoadBalancingV2::TargetGroup')) as [any];
  const attributes = Object.fromEntries(Properties.TargetGroupAttributes.map(({ Key, Value }: any) => [Key, Value]));
  expect(attributes).toEqual({ 'proxy_protocol_v2.enabled': 'true', 'preserve_client_ip.enabled': 'false', 'deregistration_delay.timeout_seconds': '35', 'target_health_state.unhealthy.connection_termination.enabled': 'false' });
  expect(Properties).toMatchObject({ Protocol: 'TCP', HealthCheckProtocol: 'HTTP', HealthCheckPort: '81' });
});

test('nginx machines are two or more, are replaced when the load balancer cannot reach them, and know their servers by name', () => {
  expect(nginx.toJSON().Resources.Balancers.Properties).toMatchObject({ MinSize: '2', MaxSize: '4', HealthCheckType: 'ELB', AutoScalingGroupName: 'split-tier-balancers' });
  expect(told(nginx, 'BalancersTemplate')).toMatchObject({ role: 'balancer', servers: nginx.toJSON().Resources.Group.Properties.AutoScalingGroupName, https: false });
  expect(packagesOf(nginx, 'BalancersTemplate').install).toEqual(['nodejs', 'nginx', 'libnginx-mod-http-brotli-static', 'libnginx-mod-http-lua']);
});

test('an Application Load Balancer drops what smells of smuggling, waits for the whole request budget and asks for the application itself', () => {
  const patient = template({ balancer: Balancer.alb(), requestBudget: 120, readinessPath: '/up' });
  const [{ Properties }] = Object.values(patient.findResources('AWS::ElasticLoadBalancingV2::LoadBalancer')) as [any];
  expect(Object.fromEntries(Properties.LoadBalancerAttributes.map(({ Key, Value }: any) => [Key, Value]))).toMatchObject({
    'routing.http.drop_invalid_header_fields.enabled': 'true', 'routing.http.desync_mitigation_mode': 'strictest', 'idle_timeout.timeout_seconds': '130',
  });
  patient.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
    HealthCheckPort: '81', HealthCheckPath: '/up', Port: 80,
    TargetGroupAttributes: Match.arrayWith([{ Key: 'deregistration_delay.timeout_seconds', Value: '125' }, { Key: 'stickiness.enabled', Value: 'false' }]),
  });
});

test('what only an Application Load Balancer can do stands in its own parameters', () => {
  const from = template({ balancer: Balancer.alb({ stickiness: 3600, requestsPerServer: 1200 }) });
  from.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', { TargetGroupAttributes: Match.arrayWith([{ Key: 'stickiness.enabled', Value: 'true' }, { Key: 'stickiness.lb_cookie.duration_seconds', Value: '3600' }]) });
  from.hasResourceProperties('AWS::AutoScaling::ScalingPolicy', { TargetTrackingConfiguration: { TargetValue: 1200, PredefinedMetricSpecification: { PredefinedMetricType: 'ALBRequestCountPerTarget', ResourceLabel: Match.anyValue() } } });
});
