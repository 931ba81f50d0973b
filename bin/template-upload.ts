import { createHash } from 'node:crypto';
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import aws4 from 'aws4';
import type { S3Object } from '../app-runtime/settings.js';
import { refuse } from '../app-runtime/refusal.js';

/**
 * Puts a stack's template beside the release's archive, where `cdk deploy` puts it, for UpdateStack to fetch: the call itself takes 51,200 bytes
 * alone, and from a bucket 1 MB. Source: the quotas of CloudFormation.
 * @returns its URL
 * @throws Refusal when the bucket does not take it
 */
export async function uploadTemplate(template: string, { bucket, key }: S3Object, stackId: string, { config }: CloudFormationClient): Promise<string> {
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  const name = `${folder}${createHash('sha256').update(template).digest('hex')}.json`;
  const region = await config.region();
  const { origin, path } = await placeOf(bucket, name, region, stackId, config.endpoint);
  const credentials = await config.credentials();
  const { headers } = aws4.sign({ service: 's3', region, method: 'PUT', host: new URL(origin).host, path, body: template, headers: { 'Content-Type': 'application/json' } }, credentials);
  const answer = await fetch(`${origin}${path}`, { method: 'PUT', headers: headers as Record<string, string>, body: template });
  if (!answer.ok) {
    refuse('rollback', `the bucket ${bucket} must take the stack's template`, `${answer.status} of S3`, `allow your credentials s3:PutObject on ${bucket}/${folder}*, or deploy the release's sources instead`);
  }
  return `${origin}${path}`;
}

/** In a lab all buckets are at the one endpoint, by path; on AWS each has a host of its own, whose domain follows from the partition. */
async function placeOf(bucket: string, name: string, region: string, stackId: string, endpoint: CloudFormationClient['config']['endpoint']): Promise<{ origin: string; path: string }> {
  if (endpoint !== undefined) {
    const { protocol, hostname, port } = await endpoint();
    return { origin: `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`, path: `/${bucket}/${name}` };
  }
  const domain = stackId.startsWith('arn:aws-cn:') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return { origin: `https://${bucket}.s3.${region}.${domain}`, path: `/${name}` };
}
