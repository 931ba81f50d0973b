import { expect, test } from 'vitest';
import { Balancer, Egress, Update } from '../../lib/index.js';
import { fleetFrom, type FleetProps } from '../../lib/fleet.js';
import { timeouts } from '../../lib/timeouts.js';
import { releaseSettings } from '../app-runtime/settings.js';
import { refusal } from './application.js';

const certificate = 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0000-0000-0000-000000000000';
type Told = Partial<FleetProps> & { readonly domains?: string[]; readonly requestBudget?: number };
const from = ({ domains = [], requestBudget = 30, ...props }: Told) =>
  fleetFrom('shop', { balancer: Balancer.nginx(), ...props }, { ...releaseSettings, domains, timeouts: timeouts(requestBudget) });

test('a fleet needs nothing but its balancer', () => {
  const { balancer, egress, update, ...rest } = from({});
  expect([balancer.chosen, egress.chosen, update.chosen]).toEqual(['nginx', 'natGateway', 'instanceRefresh']);
  expect(rest).toEqual({
    size: { minServers: 2, maxServers: 6, zones: 2, spotShare: 0, onDemandBase: 2, warmServers: 0, certificate: '' },
    scaling: { busyThreads: 60, cpu: 80, schedules: [] }, mostErrors: 5, slowestAnswer: 15, deletionProtection: true, alarmTopic: '', spotInstanceTypes: [],
  });
});

test('the largest number of servers follows the smallest one, and so does the base of spot servers', () => {
  expect(from({ minServers: 8 }).size).toMatchObject({ minServers: 8, maxServers: 8, onDemandBase: 8 });
});

test('what is decided otherwise is taken over', () => {
  const told = from({ egress: Egress.none(), update: Update.rollingUpdate(), zones: 3, busyThreads: 70, mostErrors: 1, slowestAnswer: 2, deletionProtection: false, spotShare: 50, onDemandBase: 0 });
  expect(told).toMatchObject({ egress: { chosen: 'none' }, update: { chosen: 'rollingUpdate' }, size: { zones: 3, spotShare: 50, onDemandBase: 0 }, mostErrors: 1, slowestAnswer: 2, deletionProtection: false });
});

test('a certificate is for a domain', () => {
  expect(from({ certificate, domains: ['shop.example.com'] }).size.certificate).toBe(certificate);
});

test.each<[string, Told, string]>([
  ['more servers at least than at most', { minServers: 4, maxServers: 3 }, 'shop: maxServers must be at least minServers (4), got 3; raise maxServers or lower minServers'],
  ['no server', { minServers: 0 }, 'shop: minServers must be a whole number from 1 to 1000, got 0; choose one in that range'],
  ['half a server', { maxServers: 2.5 }, 'shop: maxServers must be a whole number from 1 to 1000, got 2.5; choose one in that range'],
  ['one zone for two servers', { zones: 1 }, 'shop: zones must be at least 2 for 2 servers, so that one zone can fail, got 1; set zones to 2, or minServers to 1'],
  ['one zone for two balancers', { zones: 1, minServers: 1 }, 'shop: zones must be at least 2 for 2 balancers, so that one zone can fail, got 1; set zones to 2, or choose Balancer.nginx({ min: 1 })'],
  ['one zone for an Application Load Balancer', { zones: 1, minServers: 1, balancer: Balancer.alb() }, 'shop: zones must be at least 2 for an Application Load Balancer, got 1; set zones to 2, or choose Balancer.nginx()'],
  ['more zones than a region has', { zones: 7 }, 'shop: zones must be a whole number from 1 to 6, got 7; choose one in that range'],
  ['fewer balancers at most than at least', { balancer: Balancer.nginx({ min: 3, max: 2 }) }, 'shop: Balancer.nginx max must be at least min (3), got 2; raise max or lower min'],
  ['a balancer of a size that EC2 does not have', { balancer: Balancer.nginx({ instanceType: 'huge' }) }, 'shop: Balancer.nginx instanceType must be an EC2 instance type such as t3.small, got huge; see the list of EC2 instance types'],
  ['a stickiness below zero', { balancer: Balancer.alb({ stickiness: -1 }) }, 'shop: Balancer.alb stickiness must be a whole number from 0 to 604800, got -1; choose one in that range'],
  ['a certificate without a domain', { certificate }, 'shop: domains must name the host that the certificate is for, got []; add it to domains, or remove the certificate'],
  ['a certificate of no ACM', { certificate: 'shop.pem', domains: ['shop.example.com'] }, 'shop: certificate must be the ARN of a certificate in ACM, got shop.pem; correct it in the settings page'],
  ['a share of spot servers above all', { spotShare: 101 }, 'shop: spotShare must be a whole number from 0 to 100, got 101; choose one in that range'],
  ['a share of spot servers below none', { spotShare: -1 }, 'shop: spotShare must be a whole number from 0 to 100, got -1; choose one in that range'],
  ['warm spot servers', { spotShare: 50, warmServers: 1 }, 'shop: warmServers must be 0 beside spot servers, got 1; set warmServers or spotShare to 0'],
  ['warm servers that a rolling update leaves as they are', { warmServers: 1, update: Update.rollingUpdate() }, 'shop: warmServers must be 0 with Update.rollingUpdate(), which leaves stopped servers as they are, got 1; set warmServers to 0, or update to paddock.Update.instanceRefresh()'],
  ['a spot type that EC2 does not have', { spotShare: 50, spotInstanceTypes: ['huge'] }, 'shop: spotInstanceTypes must be an EC2 instance type such as t3.small, got huge; see the list of EC2 instance types'],
  ['spot servers that cannot drain in time', { spotShare: 50, requestBudget: 120 }, 'shop: requestBudget must be at most 53 s for a spot server to be empty 90 s after its notice, got 120; lower it, or set spotShare to 0'],
  ['a budget that TLS at a Network Load Balancer cuts', { certificate, domains: ['shop.example.com'], requestBudget: 400 }, 'shop: requestBudget must be at most 340 s for a Network Load Balancer to wait for it, got 400; lower it, or choose Balancer.alb()'],
  ['a target of no percent', { busyThreads: 0 }, 'shop: busyThreads must be a whole number from 1 to 100, got 0; choose one in that range'],
  ['a schedule upside down', { schedules: [{ cron: '0 7 * * *', minServers: 5, maxServers: 4 }] }, 'shop: maxServers must be at least minServers (5), got 4; raise maxServers or lower minServers'],
  ['a balancer by its bare name', { balancer: 'nginx' as never }, 'shop: balancer must be one of nginx, alb, got nginx; choose one in the settings page, as in balancer: paddock.Balancer.nginx()'],
  ['no balancer', { balancer: undefined as never }, 'shop: balancer must be one of nginx, alb, got undefined; choose one in the settings page, as in balancer: paddock.Balancer.nginx()'],
  ['a topic that is none', { alarmTopic: 'ops@example.com' }, 'shop: alarmTopic must be the ARN of a topic in SNS, got ops@example.com; correct it in the settings page'],
])('%s is refused in one line', (_, props, message) => {
  expect(refusal(() => from(props))).toBe(message);
});
