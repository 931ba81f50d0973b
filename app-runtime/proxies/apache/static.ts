import { join } from 'node:path';
import { places } from '../../agent/machine/places.js';
import { quote } from '../../agent/machine/quote.js';
import { render, type Safe } from '../../agent/machine/template.js';
import type { ReleaseManifest } from '../../release.js';

const TEMPLATES = 'proxies/apache/templates';

/** Lines of the site's virtual host that serve a release's files, and those of the releases beside it. */
export function staticRules(folders: ReleaseManifest['static']): Safe {
  if (folders.length === 0) return '' as Safe;
  return render(`${TEMPLATES}/static.conf`, { locations: folders.map(location).join('') as Safe });
}

function location({ url, directory }: ReleaseManifest['static'][number]): Safe {
  const below = (link: string) => quote.apache(`${join(link, directory)}/`);
  return render(`${TEMPLATES}/static-location.conf`, { url: quote.apachePattern(url), current: below(places.current), other: below(places.other), third: below(places.third) });
}
