import { describe, expect, test } from 'vitest';
import type { Cloud, Instance, Permission } from '../../lab/cloud.js';
import { run } from '../../lab/command.js';
import { ruleset } from '../../lab/firewall.js';
import type { LoadBalancer } from '../../lab/load-balancers.js';

const host = { host: '10.213.0.1' };
const web: Permission = { protocol: 'tcp', from: 80, to: 80, cidrs: ['0.0.0.0/0'], groups: [] };
const everything: Permission = { protocol: '-1', from: -1, to: -1, cidrs: ['0.0.0.0/0'], groups: [] };

describe('security groups as nftables rules', () => {
  test('nft itself takes the rules of a lab without machines', async () => {
    await expect(run('nft', ['--check', '--file', '-'], { input: ruleset(host, cloud([])) })).resolves.toBe('');
  });

  test('nft itself takes the rules of every protocol and kind of peer', async () => {
    const odd: Permission[] = [
      { protocol: 'udp', from: 0, to: 65535, cidrs: ['10.0.0.0/8'], groups: [] },
      { protocol: 'icmp', from: 8, to: -1, cidrs: ['0.0.0.0/0'], groups: [] },
      { protocol: 'icmp', from: -1, to: -1, cidrs: ['192.0.2.1/32'], groups: [] },
      { protocol: '50', from: -1, to: -1, cidrs: ['0.0.0.0/0'], groups: ['sg-web'] },
    ];
    await expect(run('nft', ['--check', '--file', '-'], { input: ruleset(host, cloud(odd)) })).resolves.toBe('');
  });

  test('a machine takes what a rule lets in from everywhere, and nothing else', () => {
    expect(chain('in-i-0000000000000000a', [web])).toEqual(['tcp dport 80-80 accept', 'drop']);
  });

  test('a rule that names a group lets in the machines of that group', () => {
    expect(chain('in-i-0000000000000000a', [{ ...web, cidrs: [], groups: ['sg-web'] }])).toEqual(['ip saddr 10.0.0.4 tcp dport 80-80 accept', 'drop']);
  });

  test('what is sent to an Elastic IP reaches its machine, and the machine calls the world under it', () => {
    const rules = ruleset(host, cloud([web]));
    expect(rules).toContain('ip daddr 10.213.0.17 dnat ip to 10.0.0.4');
    expect(rules).toContain('ip saddr 10.0.0.4 oifname "up0" snat ip to 10.213.0.17');
  });

  describe('of a load balancer', () => {
    const front = { name: 'shop', type: 'network', address: '10.213.0.18', subnets: ['subnet-a'], groups: ['sg-web'], listeners: [] } as unknown as LoadBalancer;

    test('nft itself takes the rules of one with and of one without groups', async () => {
      const open = { ...front, name: 'open', address: '10.213.0.19', groups: [] };
      await expect(run('nft', ['--check', '--file', '-'], { input: ruleset(host, cloud([web], [front, open])) })).resolves.toBe('');
    });

    test('who comes to its address must pass its own groups, and a machine its own besides', () => {
      expect(chain('admission', [web], [front])).toContain('ip daddr vmap { 10.213.0.18 : jump in-network-shop }');
      expect(chain('in-network-shop', [web], [front])).toEqual(['tcp dport 80-80 accept', 'drop']);
      expect(chain('arrival', [web], [front])).toContain('ip daddr { 10.213.0.18 } iifname vmap { "ve-m-0000000a" : jump out-i-0000000000000000a }');
    });

    test('what it sends comes from its private address, and passes its own groups and the machine\'s', () => {
      expect(chain('departure', [web], [front])).toContain('ip saddr vmap { 10.0.0.252 : jump out-network-shop }');
      expect(chain('delivery', [web], [front])).toContain('oifname vmap { "ve-m-0000000a" : jump in-i-0000000000000000a }');
    });

    test('a rule that names its group lets it in, by its private address', () => {
      expect(chain('in-i-0000000000000000a', [{ ...web, cidrs: [], groups: ['sg-web'] }], [front])).toEqual(['ip saddr 10.0.0.4 tcp dport 80-80 accept', 'ip saddr 10.0.0.252 tcp dport 80-80 accept', 'drop']);
    });
  });

  test('a packet for a machine that is gone never leaves towards an outside network of the same numbers', () => {
    expect(ruleset(host, cloud([]))).toContain('oifname "up0" ip daddr { 10.0.0.0/24 } drop');
  });

  test('a machine whose subnet has no way out reaches AWS and nothing else', async () => {
    const cut = 'ip saddr { 10.0.0.0/24 } oifname "up0" ip daddr != 10.213.0.1 drop';
    expect(ruleset(host, cloud([web]))).not.toContain(cut);
    expect(ruleset(host, cloud([web], [], false))).toContain(cut);
    await expect(run('nft', ['--check', '--file', '-'], { input: ruleset(host, cloud([web], [], false)) })).resolves.toBe('');
  });
});

function chain(name: string, ingress: Permission[], balancers: LoadBalancer[] = []): string[] {
  return new RegExp(`chain ${name} {\n(.*?)\n  }`, 's').exec(ruleset(host, cloud(ingress, balancers)))![1]!.split('\n').map((line) => line.trim());
}

function cloud(ingress: Permission[], loadBalancers: readonly LoadBalancer[] = [], outside = true): Cloud {
  const instance = { id: 'i-0000000000000000a', state: 'running', privateIp: '10.0.0.4', groups: ['sg-web'] } as unknown as Instance;
  return {
    instances: ingress.length === 0 ? [] : [instance],
    addresses: [{ publicIp: '10.213.0.17', privateIp: '10.0.0.4' }],
    volumes: [],
    groups: [{ id: 'sg-web', ingress, egress: [everything] }],
    subnets: [{ id: 'subnet-a', zone: 'us-east-1a', cidr: '10.0.0.0/24', resolver: '10.0.0.2', outside }],
    loadBalancers,
    targetGroups: [],
  };
}
