import { refuse } from '../lib/refuse.js';
import { ROLE_TAG } from '../lib/tags.js';
import { Api, listAt, textAt } from './api.js';
import { type Cloud, type Instance, publicIp, readCloud } from './cloud.js';
import type { Lab } from './lab.js';
import { deadMachines, Machine } from './machine.js';
import { type Releases, releasesOf } from './releases.js';

/** A machine as a person meets it. */
export interface InventoryItem extends Releases {
  readonly id: string;
  readonly role: string;
  readonly zone: string;
  /** The Elastic IP, or else the private address. */
  readonly address: string;
  readonly privateAddress: string;
  /** EC2's word. */
  readonly state: string;
  /** Auto Scaling's word, as in `InService` or `Terminating:Wait`; null outside of a group. */
  readonly lifecycle: string | null;
  /** How load balancers find it, by target group, as in `healthy` or `draining`. */
  readonly health: Readonly<Record<string, string>>;
  /** When EC2 takes it back, as an ISO time; null when it has not said so. */
  readonly notice: string | null;
}

/** A load balancer as a person meets it. */
export interface InventoryBalancer {
  readonly name: string;
  readonly type: 'application' | 'network';
  readonly address: string;
  /** As in `HTTP 80`. */
  readonly listeners: readonly string[];
}

export interface Inventory {
  readonly lab: string;
  readonly number: number;
  readonly endpoint: string;
  /** Where the site answers; null before one is deployed. */
  readonly url: string | null;
  readonly loadBalancers: readonly InventoryBalancer[];
  readonly machines: readonly InventoryItem[];
}

/** What there is in the lab: from the API, and from the machines themselves. */
export async function inventory(lab: Lab): Promise<Inventory> {
  const api = new Api({ url: lab.endpoint });
  const cloud = await readCloud(api).catch(() => refuse('lab', `${lab.name} must be up`, `no answer at ${lab.endpoint}`, 'run: npm run lab -- up'));
  const machines = await Promise.all(cloud.instances.filter(({ state }) => state !== 'terminated').map(async (instance) => ({
    id: instance.id,
    role: instance.tags[ROLE_TAG] ?? 'single-node',
    zone: instance.zone,
    address: publicIp(cloud, instance) ?? instance.privateIp,
    privateAddress: instance.privateIp,
    state: instance.state,
    lifecycle: instance.lifecycle || null,
    health: healthOf(cloud, instance),
    notice: instance.notice || null,
    ...await releasesOf(new Machine(lab, instance.id)),
  })));
  const loadBalancers = cloud.loadBalancers.map(({ name, type, address, listeners }) => ({ name, type, address, listeners: listeners.map(({ protocol, port }) => `${protocol} ${port}`) }));
  return { lab: lab.name, number: lab.number, endpoint: lab.endpoint, url: await siteUrl(api), loadBalancers, machines };
}

function healthOf({ targetGroups }: Cloud, { id }: Instance): Record<string, string> {
  return Object.fromEntries(targetGroups.flatMap(({ name, targets }) => targets.filter((target) => target.id === id).map(({ state }) => [name, state])));
}

/** The stacks' output `Url`. */
export async function siteUrl(api: Api, stackName?: string): Promise<string | null> {
  const answer = await api.query('cloudformation', 'DescribeStacks', stackName === undefined ? {} : { StackName: stackName });
  const outputs = listAt(answer, 'DescribeStacksResult', 'Stacks').flatMap((stack) => listAt(stack, 'Outputs'));
  return outputs.filter((output) => textAt(output, 'OutputKey') === 'Url').map((output) => textAt(output, 'OutputValue'))[0] ?? null;
}

/**
 * The machine that a word means: an instance id, the start of one, or a role that one machine has.
 * @throws Refusal that names the machines there are
 */
export async function findMachine(lab: Lab, word: string): Promise<Machine> {
  return new Machine(lab, (await findItem(lab, word)).id);
}

/** The same, as the inventory has it. */
export async function findItem(lab: Lab, word: string): Promise<InventoryItem> {
  return meant((await inventory(lab)).machines, word);
}

/** @throws Refusal that names those of the role, or else all there are */
export function meant(machines: readonly InventoryItem[], word: string): InventoryItem {
  const ofRole = machines.filter(({ role }) => role === word);
  const found = unique(machines.filter(({ id }) => id.startsWith(word))) ?? unique(ofRole);
  if (found) return found;
  const choose = (from: readonly InventoryItem[]) => `choose from: ${from.map(({ id, zone }) => (ofRole.length > 1 ? `${id} (${zone})` : id)).join(', ') || 'none is there'}`;
  if (ofRole.length > 1) refuse('lab', 'the role must be of one machine', `${word}, which ${ofRole.length} have`, choose(ofRole));
  return refuse('lab', 'the machine must be an instance id, the start of one, or a role that one machine has', word, choose(machines));
}

/** A machine that is gone but whose logs are kept. */
export function findDead(lab: Lab, word: string): string | undefined {
  return unique(deadMachines(lab).filter((id) => id.startsWith(word)));
}

function unique<T>(found: readonly T[]): T | undefined {
  return found.length === 1 ? found[0] : undefined;
}
