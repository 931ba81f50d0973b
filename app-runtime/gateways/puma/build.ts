/** Build: a Rack application, with the gems of its lock when it has a Gemfile, else with those that Debian has. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Built, GatewayBuild } from '../../gateway/builder.js';
import { staticFolders } from '../../gateway/static.js';
import { refuse } from '../../refusal.js';
import { bundle } from './bundle.js';

export function build(order: GatewayBuild): Built {
  const { source, where, release } = order;
  if (existsSync(join(source, 'Gemfile'))) {
    if (!existsSync(join(source, 'Gemfile.lock'))) refuse(where, 'gems must be locked in Gemfile.lock', 'none', 'run `bundle lock`');
    bundle(order);
  }
  return { static: staticFolders(join(release, 'app')) };
}
