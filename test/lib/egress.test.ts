import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { Balancer, Egress, SplitTierStack } from '../../lib/index.js';
import { app, env, example } from './templates.js';

const template = (egress: Egress) => Template.fromStack(new SplitTierStack(app(), 'split-tier', { application: example('wsgi'), env, balancer: Balancer.nginx(), egress }));

describe('the way out', () => {
  const counts = (egress: Egress) => {
    const from = template(egress);
    const count = (type: string) => Object.keys(from.findResources(type)).length;
    const endpoints = Object.values(from.findResources('AWS::EC2::VPCEndpoint')).map(({ Properties }) => Properties.VpcEndpointType as string);
    return {
      gateways: count('AWS::EC2::NatGateway'), instances: count('AWS::EC2::Instance'), egressOnly: count('AWS::EC2::EgressOnlyInternetGateway'),
      s3: endpoints.filter((type) => type === 'Gateway').length, interfaces: endpoints.filter((type) => type === 'Interface').length,
    };
  };

  test.each<[string, Egress, Partial<ReturnType<typeof counts>>]>([
    ['is a NAT gateway in each zone', Egress.natGateway(), { gateways: 2 }],
    ['is one NAT gateway for all zones', Egress.natGateway({ gateways: 1 }), { gateways: 1 }],
    ['is a machine', Egress.natInstance(), { instances: 1 }],
    ['is IPv6, outwards only, with endpoints for AWS', Egress.ipv6(), { egressOnly: 1, interfaces: 8 }],
    ['is the endpoints alone', Egress.none(), { interfaces: 8 }],
  ])('%s', (_, egress, expected) => {
    expect(counts(egress)).toEqual({ gateways: 0, instances: 0, egressOnly: 0, s3: 1, interfaces: 0, ...expected });
  });

  test('by IPv6 is open to machines', () => {
    template(Egress.ipv6()).hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupEgress: Match.arrayWith([Match.objectLike({ CidrIpv6: '::/0' })]) });
  });
});
