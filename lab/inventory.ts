import { refuse } from '../lib/refuse.js';
import { Api, listAt, textAt } from './api.js';
import { publicIp, readCloud } from './cloud.js';
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
}

export interface Inventory {
  readonly lab: string;
  readonly number: number;
  readonly endpoint: string;
  /** Where the site answers; null before one is deployed. */
  readonly url: string | null;
  readonly machines: readonly InventoryItem[];
}

/** Tag that names a machine's role, where a topology has more than one. */
const ROLE_TAG = 'paddock:role';

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
    ...await releasesOf(new Machine(lab, instance.id)),
  })));
  return { lab: lab.name, number: lab.number, endpoint: lab.endpoint, url: await siteUrl(api), machines };
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
  const { machines } = await inventory(lab);
  const ids = machines.map(({ id }) => id);
  const ofRole = machines.filter(({ role }) => role === word).map(({ id }) => id);
  const found = unique(ids.filter((id) => id.startsWith(word))) ?? unique(ofRole);
  const way = `choose from: ${ids.join(', ') || 'none is there'}`;
  return new Machine(lab, found ?? refuse('lab', 'the machine must be an instance id, the start of one, or a role that one machine has', word, way));
}

/** A machine that is gone but whose logs are kept. */
export function findDead(lab: Lab, word: string): string | undefined {
  return unique(deadMachines(lab).filter((id) => id.startsWith(word)));
}

function unique(ids: readonly string[]): string | undefined {
  return ids.length === 1 ? ids[0] : undefined;
}
