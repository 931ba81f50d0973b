import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Api, textAt } from './api.js';
import { type Cloud, type Instance, publicIp, wanted } from './cloud.js';
import { credentials, type RoleCredentials } from './credentials.js';
import { ACCOUNT, REGION } from './lab.js';
import { hostname } from './machine.js';
import { goodToken, newToken } from './token.js';

/** What a machine may read. What is undefined is not there. */
interface Tree {
  readonly [name: string]: Tree | string | undefined;
}

export interface MetadataOptions {
  readonly api: Api;
  /** What the region said last. */
  readonly cloud: () => Cloud | undefined;
  /** Signs tokens, so that those given out before this process started stay good. */
  readonly secret: string;
}

/** The instance metadata service: version 2, and version 1 for instances that may use it. It knows a machine by the address it calls from. */
export function metadataServer(options: MetadataOptions): Server {
  return createServer((request, response) => {
    answer(options, request, response).catch((error: Error) => send(response, 500, error.message));
  });
}

async function answer({ api, cloud, secret }: MetadataOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const address = request.socket.remoteAddress ?? '';
  const now = cloud();
  const instance = now?.instances.find((candidate) => wanted(candidate) && candidate.privateIp === address);
  if (!now || !instance) return send(response, 404, 'Not Found');
  const path = new URL(request.url ?? '/', 'http://metadata').pathname;
  if (request.method === 'PUT') return path === '/latest/api/token' ? giveToken(secret, address, request, response) : send(response, 405, 'Method Not Allowed');
  const token = request.headers['x-aws-ec2-metadata-token'];
  if (token === undefined ? instance.tokensRequired : !goodToken(secret, address, String(token))) return send(response, 401, 'Unauthorized');
  const found = path.endsWith('/user-data') ? await userData(api, instance) : at(tree(now, instance, await credentials(api, instance)), path);
  return found === undefined ? send(response, 404, 'Not Found') : send(response, 200, found);
}

function giveToken(secret: string, address: string, request: IncomingMessage, response: ServerResponse): void {
  const seconds = Number(request.headers['x-aws-ec2-metadata-token-ttl-seconds']);
  // From one second to six hours, and never for a request that came through a proxy: so says the EC2 user guide.
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 21600) return send(response, 400, 'Bad Request');
  if (request.headers['x-forwarded-for'] !== undefined) return send(response, 403, 'Forbidden');
  response.setHeader('x-aws-ec2-metadata-token-ttl-seconds', seconds);
  send(response, 200, newToken(secret, address, seconds));
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text), 'server': 'EC2ws' }).end(text);
}

/** Follows a path; any dated version of the tree is the latest. A folder answers with the names in it. */
function at(root: Tree, path: string): string | undefined {
  const [version, ...parts] = path.split('/').filter(Boolean);
  if (version === undefined) return '1.0\nlatest';
  if (!/^(latest|\d{4}-\d{2}-\d{2}|1\.0)$/.test(version)) return undefined;
  const found = parts.reduce<Tree[string]>((part, name) => (typeof part === 'object' && Object.hasOwn(part, name) ? part[name] : undefined), root);
  if (typeof found !== 'object') return found;
  return Object.entries(found).filter(([, child]) => child !== undefined).map(([name, child]) => (typeof child === 'object' ? `${name}/` : name)).join('\n');
}

function tree(cloud: Cloud, instance: Instance, role: RoleCredentials | undefined): Tree {
  const name = `${hostname(instance)}.ec2.internal`;
  return {
    'dynamic': { 'instance-identity': { document: identity(instance) } },
    'meta-data': {
      'ami-id': instance.image,
      'ami-launch-index': '0',
      'autoscaling': instance.lifecycle === '' ? undefined : { 'target-lifecycle-state': targetLifecycleState(instance.lifecycle) },
      'events': instance.notice === '' ? undefined : { recommendations: { rebalance: JSON.stringify({ noticeTime: seconds(Date.parse(instance.notice) - WARNING) }) } },
      'hostname': name,
      'iam': role && { 'info': profile(instance), 'security-credentials': { [role.role]: role.document } },
      'instance-action': 'none',
      'instance-id': instance.id,
      'instance-life-cycle': instance.spot ? 'spot' : 'on-demand',
      'instance-type': instance.type,
      'local-hostname': name,
      'local-ipv4': instance.privateIp,
      'mac': instance.mac,
      'network': { interfaces: { macs: { [instance.mac]: networkInterface(cloud, instance) } } },
      'placement': { 'availability-zone': instance.zone, 'region': REGION },
      'public-ipv4': publicIp(cloud, instance),
      'security-groups': instance.groups.join('\n'),
      'spot': instance.notice === '' ? undefined : { 'instance-action': JSON.stringify({ action: 'terminate', time: seconds(instance.notice) }), 'termination-time': seconds(instance.notice) },
      'services': { domain: 'amazonaws.com', partition: 'aws' },
    },
  };
}

/** EC2 tells a spot instance this long before it takes it back, in milliseconds: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-instance-termination-notices.html */
const WARNING = 120_000;

/** The metadata service writes times without parts of a second. */
const seconds = (time: number | string): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');

/**
 * Where an instance is headed, from where its Auto Scaling group has it: steps between two states, and waiting in them, are not told.
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/retrieving-target-lifecycle-state-through-imds.html
 */
export function targetLifecycleState(state: string): string {
  const [, warmed = '', step = ''] = /^(Warmed:)?(\w+)/.exec(state) ?? [];
  const target = { Pending: warmed ? 'Stopped' : 'InService', Terminating: 'Terminated', EnteringStandby: 'Standby', Detaching: 'Detached', Quarantined: 'Terminated' }[step] ?? step;
  return warmed + target;
}

function networkInterface(cloud: Cloud, instance: Instance): Tree {
  return {
    'device-number': '0',
    'interface-id': instance.networkInterface,
    'local-hostname': `${hostname(instance)}.ec2.internal`,
    'local-ipv4s': instance.privateIp,
    'mac': instance.mac,
    'public-ipv4s': publicIp(cloud, instance),
    'security-group-ids': instance.groups.join('\n'),
    'subnet-id': instance.subnet,
    'subnet-ipv4-cidr-block': cloud.subnets.find(({ id }) => id === instance.subnet)?.cidr,
  };
}

async function userData(api: Api, instance: Instance): Promise<string | undefined> {
  const attribute = await api.query('ec2', 'DescribeInstanceAttribute', { InstanceId: instance.id, Attribute: 'userData' });
  const encoded = textAt(attribute, 'userData', 'value');
  return encoded === '' ? undefined : Buffer.from(encoded, 'base64').toString();
}

function profile(instance: Instance): string {
  return JSON.stringify({ Code: 'Success', LastUpdated: instance.launchTime, InstanceProfileArn: instance.profile, InstanceProfileId: 'AIPAPLAYEDBYTHELAB00' }, null, 2);
}

function identity(instance: Instance): string {
  return JSON.stringify({
    accountId: ACCOUNT, architecture: instance.architecture, availabilityZone: instance.zone, imageId: instance.image, instanceId: instance.id,
    instanceType: instance.type, pendingTime: instance.launchTime, privateIp: instance.privateIp, region: REGION, version: '2017-09-30',
  }, null, 2);
}
