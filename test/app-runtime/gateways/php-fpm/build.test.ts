import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { buildRelease } from '../../../../lib/release.js';
import { application, temporaryFolder } from '../../../lib/application.js';
import { releaseSettings } from '../../settings.js';

const FRONT = { 'public/index.php': '<?php\n' };
const SITE = { ...FRONT, 'public/assets/site.css': '' };

function built(folder: string) {
  const said: string[] = [];
  const { manifest } = buildRelease({ application: folder, architecture: 'x86_64', settings: releaseSettings, cacheDirectory: temporaryFolder(), onProgress: (line) => said.push(line) });
  return { said, urls: manifest.static.map(({ url }) => url) };
}

test.each(['admin/index.php', 'admin/old/INDEX.PHP', 'admin/page.phtml', 'admin/tool.phar', 'admin/db.inc', 'admin/index.php5'])('the source of public/%s is never handed to the proxy, and the build says so', (script) => {
  const { urls, said } = built(application({ ...SITE, 'public/admin/admin.css': '', [`public/${script}`]: '' }));
  expect(urls).toEqual(['/assets/']);
  expect(said).toContain(`shop: serving nothing of public/admin/ as files, because PHP runs public/${script}`);
});

test('a script that a link of a folder leads to is not handed to the proxy either; a link that leads back is no matter', () => {
  const link = (target: string, path: string) => {
    const folder = application({ ...SITE, 'public/pictures/a.svg': '', 'src/shop.php': '' });
    symlinkSync(target, join(folder, path));
    return built(folder).urls;
  };
  expect(link('../../src', 'public/pictures/src')).toEqual(['/assets/']);
  expect(link('../../src/shop.php', 'public/pictures/shop.txt')).toEqual(['/assets/']);
  expect(link('.', 'public/pictures/again')).toEqual(['/assets/', '/pictures/']);
});

test('a static/ with a script in it is the application\'s too', () => {
  expect(built(application({ ...FRONT, 'static/site.css': '', 'static/thumbnail.php': '' })).urls).toEqual([]);
});
