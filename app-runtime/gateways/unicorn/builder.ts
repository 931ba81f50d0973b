import type { GatewayBuilder } from '../../gateway/builder.js';
import { build } from '../puma/build.js';
import { detect } from '../puma/detect.js';

/** What Puma serves, Unicorn does as well: it must be chosen. */
export const builder: GatewayBuilder = {
  example: 'rack', looksFor: 'a Procfile whose web line is a unicorn command', sign: () => undefined, build,
  ...detect({ title: 'Unicorn', command: 'unicorn', config: 'config/unicorn.rb' }),
};
