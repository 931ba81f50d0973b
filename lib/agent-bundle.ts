import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
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
  const folder = mkdtempSync(join(tmpdir(), 'paddock-agent-'));
  try {
    const file = join(folder, 'agent.cjs');
    bundleAgent(file);
    const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
    return { asset: new Asset(scope, id, { path: file, assetHash: digest, displayName: 'Paddock agent' }), digest };
  } finally {
    // The asset copied the file into the assembly as it was made.
    rmSync(folder, { recursive: true, force: true });
  }
}
