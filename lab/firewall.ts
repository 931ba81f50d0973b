import { type Cloud, type Instance, type Permission, publicIp, sourceOf, wanted } from './cloud.js';
import { run } from './command.js';
import type { Lab } from './lab.js';
import type { LoadBalancer } from './load-balancers.js';
import { linkOf } from './machine.js';
import { inNetwork } from './network.js';

/** Puts rules in force as one transaction: no packet ever meets a half of them. */
export async function applyRules(lab: Lab, rules: string): Promise<void> {
  const [enter, ...args] = inNetwork(lab);
  await run(enter!, [...args, 'nft', '-f', '-'], { input: rules });
}

/**
 * The lab's network as nftables: Elastic IPs as address translation, security groups as two chains for each machine, stateful as
 * they are on AWS. A packet between two machines must pass what the one lets out and what the other lets in; one for a machine or an
 * Elastic IP that is not there is lost, and never leaves towards a network of the same numbers outside. Load balancers are in the
 * namespace itself, so what they send and get passes other hooks, and the same two questions.
 */
export function ruleset(lab: Pick<Lab, 'host'>, cloud: Cloud): string {
  const living = cloud.instances.filter(wanted);
  return `
table inet lab
delete table inet lab
table inet lab {
${translation(lab, cloud, living)}${filters(lab, cloud, living)}${balancerFilters(cloud, living)}${living.map((instance) => machineChains(lab, cloud, instance)).join('')}${guarded(cloud).map((balancer) => balancerChains(cloud, balancer)).join('')}}
`;
}

function translation(lab: Pick<Lab, 'host'>, cloud: Cloud, living: readonly Instance[]): string {
  return `  chain destination {
    type nat hook prerouting priority dstnat; policy accept;
    ip daddr { ${[...resolvers(cloud)].join(', ')} } meta l4proto { tcp, udp } th dport 53 dnat ip to ${lab.host}
${living.map((instance) => inbound(cloud, instance)).join('')}  }
  chain source {
    type nat hook postrouting priority srcnat; policy accept;
${living.map((instance) => outbound(cloud, instance)).join('')}    oifname "up0" masquerade
  }
`;
}

function filters(lab: Pick<Lab, 'host'>, cloud: Cloud, living: readonly Instance[]): string {
  return `  chain egress {
    type filter hook forward priority 0; policy accept;
    iifname "up0" oifname "up0" drop
${neverOutside(cloud)}${isolated(lab, cloud)}    ct state established,related accept
${verdicts('iifname', machineJumps(living, 'out'))}    iifname "ve-*" drop
  }
  chain ingress {
    type filter hook forward priority 10; policy accept;
    ct state established,related accept
${verdicts('oifname', machineJumps(living, 'in'))}    oifname "ve-*" drop
  }
`;
}

/** What load balancers send: out by their groups, then in by the machine's. What comes to them: out by the machine's, then in by theirs. */
function balancerFilters(cloud: Cloud, living: readonly Instance[]): string {
  const addresses = cloud.loadBalancers.map(({ address }) => address);
  const out = guarded(cloud).map((balancer) => [sourceOf(cloud, balancer), `out-${chainOf(balancer)}`] as const).filter(([source]) => source !== undefined);
  const into = guarded(cloud).map((balancer) => [balancer.address, `in-${chainOf(balancer)}`] as const);
  return `  chain departure {
    type filter hook output priority 0; policy accept;
${neverOutside(cloud)}    ct state established,related accept
${verdicts('ip saddr', out)}  }
  chain delivery {
    type filter hook output priority 10; policy accept;
    ct state established,related accept
${verdicts('oifname', machineJumps(living, 'in'))}    oifname "ve-*" drop
  }
  chain arrival {
    type filter hook input priority 0; policy accept;
    ct state established,related accept
${addresses.length === 0 ? '' : verdicts(`ip daddr { ${addresses.join(', ')} } iifname`, machineJumps(living, 'out'))}  }
  chain admission {
    type filter hook input priority 10; policy accept;
    ct state established,related accept
${verdicts('ip daddr', into)}  }
`;
}

function neverOutside(cloud: Cloud): string {
  const subnets = [...new Set(cloud.subnets.map(({ cidr }) => cidr))];
  return subnets.length === 0 ? '' : `    oifname "up0" ip daddr { ${subnets.join(', ')} } drop\n`;
}

/** Machines whose subnet has no way out reach AWS alone, which answers at this computer's address for all its services. */
function isolated(lab: Pick<Lab, 'host'>, cloud: Cloud): string {
  const subnets = cloud.subnets.filter(({ outside }) => !outside).map(({ cidr }) => cidr);
  return subnets.length === 0 ? '' : `    ip saddr { ${subnets.join(', ')} } oifname "up0" ip daddr != ${lab.host} drop\n`;
}

const machineJumps = (living: readonly Instance[], side: 'in' | 'out') => living.map(({ id }) => [`"${linkOf(id)}"`, `${side}-${id}`] as const);

function verdicts(key: string, jumps: readonly (readonly [string | undefined, string])[]): string {
  return jumps.length === 0 ? '' : `    ${key} vmap { ${jumps.map(([value, chain]) => `${value} : jump ${chain}`).join(', ')} }\n`;
}

/** A load balancer without a security group, which a network load balancer may be, is open. */
const guarded = (cloud: Cloud): LoadBalancer[] => cloud.loadBalancers.filter(({ groups }) => groups.length > 0);

const chainOf = ({ type, name }: LoadBalancer): string => `${type}-${name}`;

function balancerChains(cloud: Cloud, balancer: LoadBalancer): string {
  return `  chain out-${chainOf(balancer)} {
${rulesOf(cloud, balancer.groups, 'egress')}    drop
  }
  chain in-${chainOf(balancer)} {
${rulesOf(cloud, balancer.groups, 'ingress')}    drop
  }
`;
}

/** Amazon's resolver answers at an address of each VPC, and at one that is the same everywhere. */
function resolvers(cloud: Cloud): Set<string> {
  return new Set(['169.254.169.253', ...cloud.subnets.map(({ resolver }) => resolver)]);
}

function inbound(cloud: Cloud, instance: Instance): string {
  const address = publicIp(cloud, instance);
  return address ? `    ip daddr ${address} dnat ip to ${instance.privateIp}\n` : '';
}

/** Towards the world, and towards a machine that it calls by an Elastic IP, a machine is its own Elastic IP. */
function outbound(cloud: Cloud, instance: Instance): string {
  const address = publicIp(cloud, instance);
  return address ? `    ip saddr ${instance.privateIp} oifname "up0" snat ip to ${address}\n    ip saddr ${instance.privateIp} ct status dnat snat ip to ${address}\n` : '';
}

/** Security groups never filter what a machine asks Amazon's resolver. */
function machineChains(lab: Pick<Lab, 'host'>, cloud: Cloud, instance: Instance): string {
  return `  chain out-${instance.id} {
    ip daddr ${lab.host} meta l4proto { tcp, udp } th dport 53 accept
${rulesOf(cloud, instance.groups, 'egress')}    drop
  }
  chain in-${instance.id} {
${rulesOf(cloud, instance.groups, 'ingress')}    drop
  }
`;
}

function rulesOf(cloud: Cloud, ids: readonly string[], way: 'ingress' | 'egress'): string {
  const permissions = cloud.groups.filter(({ id }) => ids.includes(id)).flatMap((group) => group[way]);
  return permissions.flatMap((permission) => accepts(cloud, permission, way === 'ingress' ? 'saddr' : 'daddr')).map((rule) => `    ${rule}\n`).join('');
}

function accepts(cloud: Cloud, permission: Permission, side: 'saddr' | 'daddr'): string[] {
  const among = ({ groups }: { groups: readonly string[] }) => groups.some((group) => permission.groups.includes(group));
  const machines = cloud.instances.filter((instance) => wanted(instance) && among(instance)).map(({ privateIp }) => privateIp);
  const balancers = cloud.loadBalancers.filter(among).flatMap((balancer) => sourceOf(cloud, balancer) ?? []);
  const peers = [...permission.cidrs, ...machines, ...balancers];
  return peers.map((peer) => [peer === '0.0.0.0/0' ? '' : `ip ${side} ${peer}`, traffic(permission), 'accept'].filter(Boolean).join(' '));
}

function traffic({ protocol, from, to }: Permission): string {
  if (protocol === '-1') return '';
  const everyPort = from <= 0 && (to < 0 || to === 65535);
  if (protocol === 'tcp' || protocol === 'udp') return everyPort ? `meta l4proto ${protocol}` : `${protocol} dport ${from}-${to}`;
  if (protocol === 'icmp') return from < 0 ? 'meta l4proto icmp' : `icmp type ${from}`;
  return `meta l4proto ${protocol}`;
}
