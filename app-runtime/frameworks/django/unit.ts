import { join } from 'node:path';
import { places } from '../../agent/machine/places.js';
import type { MachineContext, PlannedFile } from '../../agent/machine/plan.js';
import { quote } from '../../agent/machine/quote.js';
import { file, type Safe } from '../../agent/machine/template.js';
import { inspectService } from '../../gateway/units.js';
import type { ReleaseManifest } from '../../release.js';

const ROOM = 'frameworks/django';

/** Units among those files. */
export const djangoUnits = ({ framework }: ReleaseManifest): string[] => (framework === 'django' ? [inspectService] : []);

/** Where it tells: root's alone to read. */
export const answer = join(places.runtime, 'inspection.json');

/** What a machine has for a release of Django beside what every release has; nothing for another one. Its gateway serves a Python callable. */
export function djangoFiles({ manifest, releaseDirectory }: MachineContext, sandbox: Safe): PlannedFile[] {
  if (manifest.framework !== 'django') return [];
  const values = { release: quote.path(releaseDirectory), callable: quote.command(manifest.gateway.serves), answer: quote.path(answer), sandbox };
  return [
    ...['inspect_django.py', 'paddock_changes.py', 'paddock_remake.py', 'paddock_sql.py', 'paddock_tables.py'].map((name) => file(ROOM, `/usr/local/lib/paddock/${name}`)),
    file(ROOM, `/etc/systemd/system/${inspectService}`, values),
  ];
}
