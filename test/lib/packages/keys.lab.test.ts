import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKeys } from 'openpgp';
import { expect, test } from 'vitest';
import { debianImage } from '../../../lab/image.js';

test('the keys that packages are believed by are those of Debian\'s own image', async () => {
  const ours = await readKeys({ armoredKeys: readFileSync('lib/packages/debian-keys.asc', 'utf8') });
  const debians = await readKeys({ binaryKeys: readFileSync(join(await debianImage(), 'usr/share/keyrings/debian-archive-keyring.pgp')) });
  const known = debians.map((key) => key.getFingerprint());
  expect(ours.map((key) => key.getFingerprint()).filter((fingerprint) => !known.includes(fingerprint))).toEqual([]);
  expect(ours).toHaveLength(3);
});
