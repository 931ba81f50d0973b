import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentPlan, plan } from '../../../../app-runtime/agent/machine/render.js';
import { lay, type Ground } from '../../ground.js';
import { shapes } from '../../machine.js';

const release = mkdtempSync(join(tmpdir(), 'paddock-release-'));
const context = { ...shapes['single-node-django-2-cores'], releaseDirectory: release };
const machine = plan(context);
let ground: Ground;

beforeAll(async () => {
  mkdirSync(join(release, 'venv/bin'), { recursive: true });
  symlinkSync('/bin/true', join(release, 'venv/bin/python3'));
  ground = await lay(machine);
});
afterAll(() => {
  rmSync(release, { recursive: true });
  ground.remove();
});

const judge = (command: readonly string[]) => spawnSync(command[0]!, command.slice(1).map((word) => word.replaceAll('{root}', ground.root)), { encoding: 'utf8' });

test('systemd finds nothing to complain of in any unit', () => {
  for (const { command } of [...machine.checks, ...agentPlan().checks].filter(({ judge: who }) => who === 'systemd')) {
    const { status, stderr } = judge(command);
    expect(stderr).toBe('');
    expect(status).toBe(0);
  }
});

// systemd-analyze takes the threshold in tenths.
for (const [unit, most] of [['app-b.service', 12], ['app-candidate.service', 12], ['app-release.service', 12], ['nginx.service', 16]] as const) {
  test(`${unit} is exposed ${most / 10} at most, by systemd's own count`, () => {
    const { status, stdout } = spawnSync('systemd-analyze', ['security', '--no-pager', '--offline=yes', `--threshold=${most}`, unit], {
      encoding: 'utf8', env: { ...process.env, SYSTEMD_UNIT_PATH: `${ground.root}/etc/systemd/system:` },
    });
    expect(status, stdout.trim().split('\n').at(-1)).toBe(0);
  });
}

test('no process of the application may reach the machine\'s role or write its own code', () => {
  const units = machine.files.filter(({ path, content }) => path.endsWith('.service') && content.includes('User=app\n'));
  expect(units.map(({ path }) => basename(path))).toEqual(expect.arrayContaining(['app-b.service', 'app-candidate.service', 'app-release.service']));
  for (const { content } of units) {
    expect(content).toContain('IPAddressDeny=169.254.169.254 fd00:ec2::254\n');
    expect(content).toMatch(/^Requires=app-barrier\.service/m);
    expect(content.match(/^ReadWritePaths=.*$/gm)).toEqual(['ReadWritePaths=/data/app']);
    expect(content).toContain('ProtectSystem=strict\n');
    expect(content).toContain('LimitCORE=0\n');
  }
});

test('the barrier and sysusers.d speak of the same user', () => {
  const content = (name: string) => machine.files.find(({ path }) => path.endsWith(name))!.content;
  const uid = content('sysusers.d/paddock.conf').match(/^u app (\d+):/m)![1];
  expect(content('app-barrier.service').match(/uidrange \S+/g)).toEqual([`uidrange ${uid}-${uid}`, `uidrange ${uid}-${uid}`]);
});

test('what a request may start takes no request: only the agent starts a release', () => {
  const content = (name: string) => machine.files.find(({ path }) => path.endsWith(`/${name}`))!.content;
  expect(content('app.socket')).toContain('Service=app.service\n');
  expect(content('app.service')).toContain('ExecStart=/bin/true\n');
  expect(content('app-b.service')).toContain('Sockets=app.socket\n');
  expect(content('app-candidate.service')).toContain('Sockets=app-candidate.socket\n');
  expect(content('app-candidate.service')).toContain('Restart=no\n');
});
