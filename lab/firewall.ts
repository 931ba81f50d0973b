import { type Cloud, type Instance, type Permission, publicIp, wanted } from './cloud.js';
import { run } from './command.js';
import type { Lab } from './lab.js';
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
 * Elastic IP that is not there is lost, and never leaves towards a network of the same numbers outside.
 */
export function ruleset(lab: Pick<Lab, 'host'>, cloud: Cloud): string {
  const living = cloud.instances.filter(wanted);
  return `
table inet lab
delete table inet lab
table inet lab {
${translation(lab, cloud, living)}${filters(cloud, living)}${living.map((instance) => machineChains(lab, cloud, instance)).join('')}}
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

function filters(cloud: Cloud, living: readonly Instance[]): string {
  const subnets = [...new Set(cloud.subnets.map(({ cidr }) => cidr))];
  const jumps = (chain: string) => living.map(({ id }) => `"${linkOf(id)}" : jump ${chain}-${id}`).join(', ');
  const verdicts = (key: string, chain: string) => (living.length === 0 ? '' : `    ${key} vmap { ${jumps(chain)} }\n`);
  return `  chain egress {
    type filter hook forward priority 0; policy accept;
    iifname "up0" oifname "up0" drop
${subnets.length === 0 ? '' : `    oifname "up0" ip daddr { ${subnets.join(', ')} } drop\n`}    ct state established,related accept
${verdicts('iifname', 'out')}    iifname "ve-*" drop
  }
  chain ingress {
    type filter hook forward priority 10; policy accept;
    ct state established,related accept
${verdicts('oifname', 'in')}    oifname "ve-*" drop
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
  const groups = cloud.groups.filter(({ id }) => instance.groups.includes(id));
  const rules = (permissions: readonly Permission[], side: 'saddr' | 'daddr') =>
    permissions.flatMap((permission) => accepts(cloud, permission, side)).map((rule) => `    ${rule}\n`).join('');
  return `  chain out-${instance.id} {
    ip daddr ${lab.host} meta l4proto { tcp, udp } th dport 53 accept
${rules(groups.flatMap(({ egress }) => egress), 'daddr')}    drop
  }
  chain in-${instance.id} {
${rules(groups.flatMap(({ ingress }) => ingress), 'saddr')}    drop
  }
`;
}

function accepts(cloud: Cloud, permission: Permission, side: 'saddr' | 'daddr'): string[] {
  const members = cloud.instances.filter((instance) => wanted(instance) && instance.groups.some((group) => permission.groups.includes(group)));
  const peers = [...permission.cidrs, ...members.map(({ privateIp }) => privateIp)];
  return peers.map((peer) => [peer === '0.0.0.0/0' ? '' : `ip ${side} ${peer}`, traffic(permission), 'accept'].filter(Boolean).join(' '));
}

function traffic({ protocol, from, to }: Permission): string {
  if (protocol === '-1') return '';
  const everyPort = from <= 0 && (to < 0 || to === 65535);
  if (protocol === 'tcp' || protocol === 'udp') return everyPort ? `meta l4proto ${protocol}` : `${protocol} dport ${from}-${to}`;
  if (protocol === 'icmp') return from < 0 ? 'meta l4proto icmp' : `icmp type ${from}`;
  return `meta l4proto ${protocol}`;
}
