import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { MachineContext } from '../../../../app-runtime/agent/machine/plan.js';
import { plan } from '../../../../app-runtime/agent/machine/render.js';
import { verify } from '../../../../app-runtime/agent/machine/verify.js';
import { inspectService } from '../../../../app-runtime/gateway/units.js';
import { gatewayNamed } from '../../../../app-runtime/gateways.js';
import type { ReleaseManifest } from '../../../../app-runtime/release.js';
import { temporaryFolder } from '../../../lib/application.js';
import { lay } from '../../ground.js';
import { shapes } from '../../machine.js';

const SCRIPTS = join(import.meta.dirname, '../../../../app-runtime/frameworks/django/templates/usr/local/lib/paddock');

const filesOf = (context: MachineContext) => plan(context).files;
const unitOf = (context: MachineContext) => filesOf(context).find(({ path }) => path.endsWith(`/${inspectService}`))!.content;
const django = shapes['single-node-django-2-cores'];

test('systemd finds nothing to complain of in the unit, and counts it as exposed 1.2 at most', async () => {
  const context = { ...django, releaseDirectory: join(temporaryFolder(), 'release') };
  mkdirSync(join(context.releaseDirectory, 'venv/bin'), { recursive: true });
  symlinkSync('/bin/true', join(context.releaseDirectory, 'venv/bin/python3'));
  const ground = await lay(plan(context));
  onTestFinished(ground.remove);
  const [program, ...args] = verify(inspectService).command.map((word) => word.replaceAll('{root}', ground.root));
  const { status, stderr } = spawnSync(program!, args, { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  // systemd-analyze takes the threshold in tenths.
  const judged = spawnSync('systemd-analyze', ['security', '--no-pager', '--offline=yes', '--threshold=12', inspectService], {
    encoding: 'utf8', env: { ...process.env, SYSTEMD_UNIT_PATH: `${ground.root}/etc/systemd/system:` },
  });
  expect(judged.status, judged.stdout.trim().split('\n').at(-1)).toBe(0);
});

test('the application tells as its own user, within a minute, and only root reads it', () => {
  const unit = unitOf(django);
  for (const line of ['Type=oneshot', 'User=app', 'StandardOutput=truncate:/run/paddock/inspection.json', 'StandardError=journal', 'TimeoutStartSec=60s', 'Requires=app-barrier.service']) {
    expect(unit).toMatch(new RegExp(`^${line}$`, 'm'));
  }
});

test('a serves with quotes and signs of systemd is one word', () => {
  const serves = `shop:make("50%", '$HOME')`;
  expect(unitOf({ ...django, manifest: { ...django.manifest, gateway: { name: 'gunicorn', serves } } }))
    .toContain(`inspect_django.py "shop:make(\\"50%%\\", '$$HOME')"\n`);
});

test.each([
  ['gunicorn', 'guestbook.wsgi:application'], ['gunicorn-asgi', 'guestbook.asgi:application'], ['uwsgi', 'guestbook.wsgi:application'],
])('%s lets a Django project tell its migrations, and no other application', (name, serves) => {
  const manifest: ReleaseManifest = { ...django.manifest, gateway: { name, serves } };
  expect(unitOf({ ...django, manifest })).toContain(`inspect_django.py "${serves}"\n`);
  expect(gatewayNamed(name).units(manifest)).toEqual([inspectService]);
  const { framework: _, ...plain } = manifest;
  expect(filesOf({ ...django, manifest: plain }).filter(({ path }) => /inspect|paddock_changes/.test(path))).toEqual([]);
  expect(gatewayNamed(name).units(plain)).toEqual([]);
});

test('every script comes with the unit that runs it', () => {
  const scripts = filesOf(django).map(({ path }) => path).filter((path) => path.startsWith('/usr/local/lib/paddock/')).map((path) => basename(path));
  expect(scripts).toEqual(expect.arrayContaining(readdirSync(SCRIPTS).filter((name) => name.endsWith('.py'))));
});
