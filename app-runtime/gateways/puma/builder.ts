import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayBuilder } from '../../gateway/builder.js';
import { build } from './build.js';
import { detect, RACKUP } from './detect.js';

export const builder: GatewayBuilder = {
  example: 'rack', looksFor: 'a config.ru', sign: (folder) => (existsSync(join(folder, RACKUP)) ? RACKUP : undefined), build,
  ...detect({ title: 'Puma', command: 'puma', config: 'config/puma.rb' }),
};
