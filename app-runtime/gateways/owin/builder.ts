/** Build: an OWIN application, compiled by Mono's xbuild or by its author, with our own host beside it. */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ApplicationFolder, Built, GatewayBuild, GatewayBuilder, Recognition } from '../../gateway/builder.js';
import { staticFolders } from '../../gateway/static.js';
import { LOOKS_FOR, originOf, sign } from './detect.js';
import { startupOf } from './examine.js';
import { HOST } from './gateway.js';
import { hostOf } from './host.js';
import { buildProject } from './project.js';

export const builder: GatewayBuilder = { example: 'owin', looksFor: LOOKS_FOR, launches: () => false, sign, recognise, build };

/** Which class starts it, only its assemblies tell. */
function recognise({ path, where }: ApplicationFolder): Recognition {
  const origin = originOf(path, where);
  return { serves: 'Startup', recognised: `OWIN on Mono, by ${'project' in origin ? origin.project : 'the assemblies in bin/'}` };
}

function build(order: GatewayBuild): Built {
  const { source, release, where, environment } = order;
  const application = join(release, 'app');
  const origin = originOf(source, where);
  if ('project' in origin) buildProject(order, origin.project, application);
  mkdirSync(join(release, 'lib'));
  cpSync(join(hostOf(order), HOST), join(release, 'lib', HOST));
  return { serves: startupOf(join(release, 'lib', HOST), application, where, environment), static: staticFolders(application) };
}
