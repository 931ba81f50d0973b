import { type Api, listAt, textAt } from './api.js';
import type { Instance } from './cloud.js';
import { ACCOUNT } from './lab.js';

/** What the metadata service says of an instance's role. */
export interface RoleCredentials {
  readonly role: string;
  /** The document at `iam/security-credentials/<role>`. */
  readonly document: string;
  readonly expires: number;
}

/** Credentials are renewed this long before they expire, as AWS does: clients renew five minutes ahead. */
const EARLY = 10 * 60_000;

const known = new Map<string, RoleCredentials>();

/** Credentials of the role in an instance's profile, from the region's STS; undefined where the instance has no role. */
export async function credentials(api: Api, instance: Instance): Promise<RoleCredentials | undefined> {
  if (instance.profile === '') return undefined;
  const had = known.get(instance.id);
  if (had && had.expires - EARLY > Date.now()) return had;
  const profile = await api.query('iam', 'GetInstanceProfile', { InstanceProfileName: instance.profile.split('/').at(-1)! });
  const roles = listAt(profile, 'GetInstanceProfileResult', 'InstanceProfile', 'Roles');
  const [role, path] = [textAt(roles[0], 'RoleName'), textAt(roles[0], 'Path') || '/'];
  if (role === '') return undefined;
  const assumed = await api.query('sts', 'AssumeRole', { RoleArn: `arn:aws:iam::${ACCOUNT}:role${path}${role}`, RoleSessionName: instance.id, DurationSeconds: '3600' });
  const part = (name: string) => textAt(assumed, 'AssumeRoleResult', 'Credentials', name);
  const expiration = part('Expiration').replace(/\.\d+Z$/, 'Z');
  const document = JSON.stringify({
    Code: 'Success', LastUpdated: new Date().toISOString().replace(/\.\d+Z$/, 'Z'), Type: 'AWS-HMAC',
    AccessKeyId: part('AccessKeyId'), SecretAccessKey: part('SecretAccessKey'), Token: part('SessionToken'), Expiration: expiration,
  }, null, 2);
  const fresh = { role, document, expires: Date.parse(expiration) };
  known.set(instance.id, fresh);
  return fresh;
}
