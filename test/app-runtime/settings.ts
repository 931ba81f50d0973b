import type { ReleaseSettings } from '../../app-runtime/release-settings.js';
import type { AppServerSettings, BalancerSettings, SingleNodeSettings } from '../../app-runtime/settings.js';
import { timeouts } from '../../lib/timeouts.js';

/** What a single-node machine is told, as a deploy would write it. */
export const settings: SingleNodeSettings = {
  version: 1,
  deployment: 'single-node',
  role: 'single-node',
  region: 'eu-central-1',
  machine: '0123456789ab',
  stack: { id: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/single-node/0a1b2c', group: 'Group' },
  packages: 'ba9876543210',
  agent: { bucket: 'cdk-assets-123456789012-eu-central-1', key: 'a.tar', digest: 'a'.repeat(64) },
  address: { allocationId: 'eipalloc-0123456789abcdef0', publicIp: '192.0.2.80' },
  volume: { id: 'vol-0123456789abcdef0' },
};

const { address: _address, volume: _volume, ...common } = settings;
const behindBalancer = { ...common, deployment: 'split-tier', site: 'Balan-Balan-0A1B2C.elb.eu-central-1.amazonaws.com', network: '10.0.0.0/16' };

/** What an app server behind nginx balancers is told. */
export const appServerSettings: AppServerSettings = {
  ...behindBalancer,
  role: 'app-server',
  release: { key: 'r.tar.gz', digest: 'b'.repeat(64) },
  balancer: 'nginx',
};

/** What an nginx balancer is told. */
export const balancerSettings: BalancerSettings = { ...behindBalancer, role: 'balancer', servers: 'split-tier-Group-0A1B2C', https: false };

/** What a release says of how its application is run, where nobody decided anything. */
export const releaseSettings: ReleaseSettings = {
  domains: [],
  maxBodyBytes: 10 * 1024 * 1024,
  timeouts: timeouts(30),
  readinessPath: '/',
  environment: {},
  secrets: {},
  watchSecrets: false,
  startSeconds: 60,
  bakeSeconds: 30,
};
