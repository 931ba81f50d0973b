import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { run, succeeds } from './command.js';
import { countLabs, type Lab } from './lab.js';

/** Where Linux keeps network namespaces that have a name. */
export const namespacePath = (lab: Lab): string => `/run/netns/${lab.id}`;

/** Put before a command that must run in the lab's network. */
export const inNetwork = (lab: Lab): string[] => ['nsenter', `--net=${namespacePath(lab)}`];

const FORWARD = '/proc/sys/net/ipv4/ip_forward';
const FORWARD_BEFORE = '/run/paddock/ip_forward';

/**
 * Makes the lab's network, or mends it: one namespace that holds every machine's link, and one link from it to this computer. Every
 * packet of a machine is routed through the namespace, so that one table of rules there can play the security groups.
 */
export async function raiseNetwork(lab: Lab): Promise<void> {
  await namespace(lab);
  await addresses(lab);
  await wayOut(lab);
}

/** Takes it down; the namespace takes its links, routes and rules along. */
export async function lowerNetwork(lab: Lab): Promise<void> {
  if (await succeeds('ip', ['link', 'show', lab.id])) await run('ip', ['link', 'delete', lab.id]);
  if (existsSync(namespacePath(lab))) await run('ip', ['netns', 'delete', lab.id]);
  if (await succeeds('nft', ['list', 'table', 'ip', table(lab)])) await run('nft', ['delete', 'table', 'ip', table(lab)]);
  if (countLabs() > 1 || !existsSync(FORWARD_BEFORE)) return;
  writeFileSync(FORWARD, readFileSync(FORWARD_BEFORE));
  rmSync(FORWARD_BEFORE);
}

async function namespace(lab: Lab): Promise<void> {
  const inside = (...args: string[]) => ['-n', lab.id, ...args];
  // A file without a namespace mounted on it is what an interrupted `ip netns add` leaves.
  if (existsSync(namespacePath(lab)) && !await succeeds('ip', inside('link', 'show', 'lo'))) rmSync(namespacePath(lab));
  if (!existsSync(namespacePath(lab))) await run('ip', ['netns', 'add', lab.id]);
  if (await succeeds('ip', inside('link', 'show', 'up0'))) return;
  await succeeds('ip', ['link', 'delete', lab.id]);
  await run('ip', ['link', 'add', lab.id, 'type', 'veth', 'peer', 'name', 'up0', 'netns', lab.id]);
}

async function addresses(lab: Lab): Promise<void> {
  await run('ip', ['-batch', '-'], { input: `
    address replace ${lab.host}/30 dev ${lab.id}
    link set ${lab.id} up
    route replace ${lab.addressPool} via ${lab.gateway}` });
  await run('ip', ['-n', lab.id, '-batch', '-'], { input: `
    link set lo up
    address replace 169.254.169.254/32 dev lo
    address replace ${lab.gateway}/30 dev up0
    link set up0 up
    route replace default via ${lab.host}` });
  const [enter, ...args] = inNetwork(lab);
  // A machine asks the wire for its gateway and its neighbours, and the namespace answers for all of them.
  await run(enter!, [...args, 'sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.conf.default.proxy_arp=1', 'net.ipv6.conf.default.disable_ipv6=1']);
}

/** Machines reach what this computer reaches, under its address, and in packets that fit its own links. */
async function wayOut(lab: Lab): Promise<void> {
  if (!existsSync(FORWARD_BEFORE)) writeFileSync(FORWARD_BEFORE, readFileSync(FORWARD));
  writeFileSync(FORWARD, '1');
  await run('nft', ['-f', '-'], { input: `
    table ip ${table(lab)}
    delete table ip ${table(lab)}
    table ip ${table(lab)} {
      chain out { type nat hook postrouting priority srcnat; ip saddr ${lab.block} oifname != "${lab.id}" masquerade; }
      chain segments { type filter hook forward priority mangle; iifname "${lab.id}" tcp flags syn tcp option maxseg size set rt mtu; }
    }` });
}

const table = (lab: Lab): string => lab.id.replace('-', '_');
