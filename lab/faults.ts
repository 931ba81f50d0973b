import { refuse } from '../lib/refuse.js';
import { Api } from './api.js';
import { readCloud } from './cloud.js';
import { run, succeeds } from './command.js';
import type { Lab } from './lab.js';
import { inNetwork } from './network.js';

/** Faults of the network are tables of their own beside the lab's rules: one is there, or it is deleted, whatever the hypervisor does meanwhile. */
const tableOf = (fault: string): string => `inet fault_${fault.replaceAll('-', '_')}`;

/**
 * Cuts a zone off: its machines reach each other and their metadata service, and nothing else reaches them or is reached. Connections
 * that there were are dead too.
 * @throws Refusal that names the zones there are
 */
export async function partition(lab: Lab, zone: string): Promise<void> {
  const { subnets } = await readCloud(new Api({ url: lab.endpoint }));
  const inside = subnets.filter((subnet) => subnet.zone === zone).map(({ cidr }) => cidr);
  if (inside.length === 0) refuse('lab', 'the zone must have a subnet', zone, `choose from: ${[...new Set(subnets.map((subnet) => subnet.zone))].sort().join(', ')}`);
  const here = `{ ${[...new Set(inside)].join(', ')} }`;
  await put(lab, zone, `
    chain forwarded { type filter hook forward priority -10; ip saddr ${here} ip daddr != ${here} drop; ip daddr ${here} ip saddr != ${here} drop; }
    chain sent { type filter hook output priority -10; ip daddr ${here} ip saddr != 169.254.169.254 drop; }
    chain got { type filter hook input priority -10; ip saddr ${here} ip daddr != 169.254.169.254 drop; }`);
}

/** Ends a zone's isolation; says whether there was one. */
export async function heal(lab: Lab, zone: string): Promise<boolean> {
  const [enter, ...args] = inNetwork(lab);
  return succeeds(enter!, [...args, 'nft', 'delete', 'table', ...tableOf(zone).split(' ')]);
}

/** Keeps machines from the AWS API for some seconds: their packets to it are lost. The lab's own host still reaches it. The kernel ends it by itself. */
export async function outage(lab: Lab, seconds: string): Promise<void> {
  if (!/^\d+$/.test(seconds) || Number(seconds) > 86_400) refuse('lab', 'the time must be a whole number of seconds, a day at most', seconds, 'name another, or 0 to end it');
  const lost = seconds === '0' ? '' : `elements = { ${lab.host} timeout ${seconds}s }`;
  await put(lab, 'outage', `
    set unreachable { type ipv4_addr; flags timeout; ${lost}
    }
    chain forwarded { type filter hook forward priority -10; ip daddr @unreachable tcp dport 443 drop; }`);
}

async function put(lab: Lab, fault: string, rules: string): Promise<void> {
  const [enter, ...args] = inNetwork(lab);
  const table = tableOf(fault);
  await run(enter!, [...args, 'nft', '-f', '-'], { input: `table ${table}\ndelete table ${table}\ntable ${table} {${rules}\n}\n` });
}
