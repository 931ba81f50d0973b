import { SSMClient } from '@aws-sdk/client-ssm';
import { inLab, lastWords, told } from '../bin/why.js';
import { ACCESS, type Lab, REGION } from './lab.js';

/** The last words of a deployment's machines, which outlive them, as `npm run why` tells them; undefined for words older than `since`. */
export async function why(lab: Lab, deployment: string, since?: number): Promise<string | undefined> {
  // The client warns of its own future on each run, in the middle of the machine's words.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const client = new SSMClient({ endpoint: lab.endpoint, region: REGION, credentials: ACCESS });
  const words = await lastWords(deployment, client);
  const stale = since !== undefined && !(Date.parse(words?.at ?? '') >= since);
  return stale ? undefined : told(deployment, words, inLab(lab.name));
}
