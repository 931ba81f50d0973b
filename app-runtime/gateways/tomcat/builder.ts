/** Build: a WAR, built by Maven or by its author, with Tomcat beside it. */
import { join } from 'node:path';
import type { GatewayBuilder } from '../../gateway/builder.js';
import { LOOKS_FOR, recogniseWar, sign } from './detect.js';
import { buildWar } from './war.js';

const LAUNCHER = join(import.meta.dirname, 'launcher');

export const builder: GatewayBuilder = {
  example: 'servlet', contents: 'src/main/webapp', looksFor: LOOKS_FOR, launches: () => false, sign,
  recognise: (folder) => recogniseWar(folder, 'Tomcat'),
  build: (order) => buildWar(order, LAUNCHER),
};
