import { refuse } from '../lib/refuse.js';
import { ROLE_TAG } from '../lib/tags.js';
import { type Answer, Api, ApiError, listAt, textAt } from './api.js';
import type { Lab } from './lab.js';

/** An Auto Scaling group, and the words that mean it. */
interface Group {
  readonly name: string;
  readonly words: readonly string[];
}

/**
 * Asks a group for a size, as a person would in the console. A group is meant by its name, its logical id, or the role of its machines.
 * Returns the group's name.
 * @throws Refusal that names the groups there are, or the region's reason
 */
export async function scale(lab: Lab, word: string, size: string): Promise<string> {
  if (!/^\d+$/.test(size)) refuse('lab', 'the size must be a whole number', size, 'name one between the minimum and the maximum of the group');
  const api = new Api({ url: lab.endpoint });
  const groups = await groupsOf(api);
  const found = groups.filter(({ words }) => words.includes(word));
  if (found.length !== 1) refuse('lab', 'the group must be a name, a logical id, or the role of machines', found.length > 1 ? `${word}, which ${found.length} groups have` : word,
    `choose from: ${groups.map(({ words }) => words.join(' or ')).join(', ') || 'none is there'}`);
  const { name } = found[0]!;
  await api.query('autoscaling', 'SetDesiredCapacity', { AutoScalingGroupName: name, DesiredCapacity: size, HonorCooldown: 'false' }).catch((error: Error) => {
    throw error instanceof ApiError ? refuse('lab', `${name} must take the size`, error.message, 'name another size, or deploy other limits') : error;
  });
  return name;
}

async function groupsOf(api: Api): Promise<Group[]> {
  const logical = new Map<string, string>();
  for (const stack of listAt(await api.query('cloudformation', 'DescribeStacks'), 'DescribeStacksResult', 'Stacks')) {
    const resources = await api.query('cloudformation', 'DescribeStackResources', { StackName: textAt(stack, 'StackName') });
    for (const resource of listAt(resources, 'DescribeStackResourcesResult', 'StackResources')) logical.set(textAt(resource, 'PhysicalResourceId'), textAt(resource, 'LogicalResourceId'));
  }
  const groups = await api.query('autoscaling', 'DescribeAutoScalingGroups');
  return listAt(groups, 'DescribeAutoScalingGroupsResult', 'AutoScalingGroups').map((group) => {
    const name = textAt(group, 'AutoScalingGroupName');
    return { name, words: [logical.get(name), roleOf(group), name].filter((word): word is string => word !== undefined) };
  });
}

function roleOf(group: Answer): string | undefined {
  const tag = listAt(group, 'Tags').find((candidate) => textAt(candidate, 'Key') === ROLE_TAG);
  return tag && textAt(tag, 'Value');
}
