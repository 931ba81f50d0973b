import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { bundleAgent } from '../app-runtime/bundle.js';

/** The agent as one file in S3, and the digest by which a machine knows it. */
export interface AgentBundle {
  readonly asset: Asset;
  readonly digest: string;
}

/** Bundles the agent and hands it to the deployment's assets. */
export function agentBundle(scope: Construct, id: string): AgentBundle {
  const file = join(mkdtempSync(join(tmpdir(), 'paddock-agent-')), 'agent.cjs');
  bundleAgent(file);
  const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
  return { asset: new Asset(scope, id, { path: file, assetHash: digest, displayName: 'Paddock agent' }), digest };
}
