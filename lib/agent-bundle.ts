import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import { bundleAgent } from '../app-runtime/bundle.js';
import { writeArchive } from './release/archive.js';

/** The agent and what installs its machine's packages, as one archive in S3, and the digest by which a machine knows it. */
export interface AgentBundle {
  readonly asset: Asset;
  readonly digest: string;
}

const INSTALLER = new URL('../app-runtime/install-packages.sh', import.meta.url);

/** Bundles the agent and hands it to the deployment's assets. */
export function agentBundle(scope: Construct, id: string): AgentBundle {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-agent-'));
  try {
    const content = join(folder, 'agent');
    const file = join(folder, 'agent.tar');
    mkdirSync(content);
    bundleAgent(join(content, 'agent.mjs'));
    copyFileSync(INSTALLER, join(content, 'install-packages.sh'));
    // What compresses differs from one Node.js to the next, and another digest is another kind of machine.
    const digest = writeArchive(content, file, { gzip: false });
    return { asset: new Asset(scope, id, { path: file, assetHash: digest, displayName: 'Paddock agent' }), digest };
  } finally {
    // The asset copied the file into the assembly as it was made.
    rmSync(folder, { recursive: true, force: true });
  }
}
