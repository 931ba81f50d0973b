/** Build: a WAR as for Tomcat, with Jetty beside it. */
import { join } from 'node:path';
import type { GatewayBuilder } from '../../gateway/builder.js';
import { recogniseWar } from '../tomcat/detect.js';
import { buildWar } from '../tomcat/war.js';

const LAUNCHER = join(import.meta.dirname, 'launcher');

export const builder: GatewayBuilder = {
  example: 'servlet', contents: 'src/main/webapp', looksFor: 'the same as tomcat, once the settings page names it', launches: () => false,
  // A WAR does not say by which of the two it is to be served.
  sign: () => undefined,
  recognise: (folder) => recogniseWar(folder, 'Jetty'),
  build: (order) => buildWar(order, LAUNCHER),
};
