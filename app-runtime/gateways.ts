import type { MachineContext } from './agent/machine/plan.js';
import type { Gateway } from './gateway/gateway.js';
import { gunicorn } from './gateways/gunicorn/gunicorn.js';
import type { ReleaseManifest } from './release.js';

/** Each gateway by the name that a release's manifest says. */
const gateways: Readonly<Record<ReleaseManifest['gateway']['name'], Gateway>> = { gunicorn };

/** The gateway that serves a release. */
export const gatewayOf = ({ gateway }: Pick<ReleaseManifest, 'gateway'>): Gateway => gateways[gateway.name];

/** Workers of a machine's gateway. */
export const workersOf = ({ manifest, facts }: Pick<MachineContext, 'manifest' | 'facts'>): number => gatewayOf(manifest).size(facts).workers;
