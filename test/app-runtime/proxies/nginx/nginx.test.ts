import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shapes } from '../../machine.js';
import { judged, Site } from '../site.js';

// What nginx does beside what every proxy does: site.test.ts.

test.each(Object.entries(shapes).filter(([, { settings }]) => settings.role === 'balancer'))('nginx accepts the files of %s', async (_, machine) => {
  expect(await judged('nginx', machine)).toEqual({ status: 0, said: '' });
});

describe('an application', () => {
  let site: Site;

  beforeAll(async () => {
    site = await Site.start('nginx', shapes['single-node-django-2-cores']);
    site.put('current', 'style.css', '.a{}');
    site.put('other', 'old.0123456789ab.css', 'old');
    site.put('other', '.env', 'secret');
    writeFileSync(join(site.ground.root, 'opt/paddock/other/app/settings.py'), 'secret');
  });
  afterAll(() => site.end());

  test('can lead nginx to static files of either release, and to nothing else', async () => {
    const led = (to: string) => site.get('/', { 'x-lead': to });
    expect((await led('/static/style.css')).body).toBe('.a{}');
    expect((await led('/:other-release:/static/old.0123456789ab.css')).body).toBe('old');
    const outside = ['.env', '../settings.py', '%2e%2e/settings.py', '..%2fsettings.py', 'a/../../settings.py'].map((path) => `/:other-release:/static/${path}`);
    for (const to of [...outside, '/:other-release:/static../settings.py', '/etc/passwd', 'file:///etc/passwd']) {
      const { status, body } = await led(to);
      expect([to, status, body.includes('secret') || body.includes('root:')]).toEqual([to, expect.toSatisfy((code: number) => code >= 400), false]);
    }
  });
});
