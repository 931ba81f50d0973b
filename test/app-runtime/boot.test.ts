import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { lastWordsParameterOf, unpack } from '../../app-runtime/last-words.js';
import { packagesParameterOf } from '../../app-runtime/packages.js';
import { metricData } from '../../app-runtime/agent/metrics/datum.js';
import { writeArchive } from '../../lib/release/archive.js';
import type { MachineSettings } from '../../app-runtime/settings.js';
import { appServerSettings, balancerSettings, settings } from './settings.js';

const INSTANCE = 'i-0123456789abcdef0';
const SECRET = 'wJalrXUtnFEMI+bPxRfiCYEXAMPLE';
const INSTALL = ['nodejs', 'python3'];
const AGENT = 'console.log("agent");\n';

/** Folders of this computer that the script writes to; in the script's own mount namespace they are folders of the test. */
const PLACES = ['/etc', '/opt', '/run', '/usr/sbin', '/var/cache', '/var/log'];

/** What programs need of the real /etc. */
const LOADER = ['/etc/alternatives', '/etc/ld.so.cache'].filter((path) => existsSync(path));

/** Every stub writes its arguments down, one to a line, and fails when the line that they make matches $FAIL. */
const STUB = `#!/bin/bash
call=$(mktemp "$ROOT/calls/$(date +%s.%N)-XXXX")
printf '%s\\n' "\${0##*/}" "$@" > "$call"
out=/dev/stdout keys=
while [ $# -gt 0 ]; do case $1 in -o) out=$2 ;; -K) keys=$2 ;; --data-binary) [ "$2" != @- ] || cat > "$call.body" ;; esac; shift; done
[ -z "$keys" ] || cat "$keys" >> "$ROOT/keys"
if [ "$FAIL" ] && tr '\\n' ' ' < "$call" | grep -Eq -- "$FAIL"; then echo "stub: refused" >&2; exit 22; fi
`;

const CURL = `case $(< "$call") in
  *api/token*) echo TOKEN ;;
  *instance-id*) echo ${INSTANCE} ;;
  *services/domain*) echo amazonaws.com ;;
  *security-credentials/machine*) echo '{"AccessKeyId":"AKIAEXAMPLE","SecretAccessKey":"${SECRET}","Token":"${SECRET}/session"}' ;;
  *security-credentials/*) echo machine ;;
  *.s3.*packages.tar*) cp "$ROOT/packages.tar" "$out" ;;
  *.s3.*) cp "$ROOT/agent" "$out" ;;
  *AmazonSSM.GetParameter*) cat "$ROOT/pointer" ;;
esac
`;

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

interface Boot {
  readonly status: number | null;
  /** Name and arguments of each stub's calls, in order. */
  readonly calls: readonly (readonly string[])[];
  /** What the machine left in Parameter Store. */
  readonly words: ReturnType<typeof unpack> | undefined;
  /** The UniqueId of each FAILURE signal, in order. */
  readonly signals: readonly string[];
  /** Each command of the script with its arguments as the shell expanded them. */
  readonly trace: string;
  /** What curl read from its -K files. */
  readonly keys: string;
  /** Path of a file as the machine names it. */
  at(path: string): string;
}

const digestOf = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

/** What a test's machine finds otherwise than it should. */
interface Found {
  /** Calls that are refused, as a regular expression. */
  readonly fail?: string;
  /** Digest of the agent that its settings say. */
  readonly agent?: string;
  readonly given?: MachineSettings;
  /** Digest that the parameter of packages says. */
  readonly packages?: string;
}

/** Boots the real script, with the real installer in what it finds. */
function boot({ fail = '', agent, given = settings, packages }: Found = {}): Boot {
  const folder = mkdtempSync(join(tmpdir(), 'paddock-boot-'));
  folders.push(folder);
  for (const place of ['calls', 'bin', ...PLACES]) mkdirSync(join(folder, place), { recursive: true });
  for (const [name, answer] of [['curl', CURL], ['apt-get', ''], ['node', '']] as const) {
    writeFileSync(join(folder, 'bin', name), STUB + answer);
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  mkdirSync(join(folder, 'opt-paddock'));
  writeFileSync(join(folder, 'opt-paddock/agent.mjs'), AGENT);
  copyFileSync('app-runtime/install-packages.sh', join(folder, 'opt-paddock/install-packages.sh'));
  const digest = writeArchive(join(folder, 'opt-paddock'), join(folder, 'agent'), { gzip: false });
  const told = { ...given, agent: { ...given.agent, digest: agent ?? digest } };
  writeFileSync(join(folder, 'user-data'), readFileSync('app-runtime/boot.sh', 'utf8').replace('{{ settings }}', () => JSON.stringify(told)));
  mkdirSync(join(folder, 'content'));
  writeArchive(join(folder, 'content'), join(folder, 'packages.tar'), { gzip: false });
  const pointer = { bucket: given.agent.bucket, key: 'packages.tar', install: INSTALL, digest: packages ?? digestOf(readFileSync(join(folder, 'packages.tar'))) };
  writeFileSync(join(folder, 'pointer'), JSON.stringify({ Parameter: { Value: JSON.stringify(pointer) } }));
  writeFileSync(join(folder, 'var/log/cloud-init-output.log'), 'first line\nlast line\n');
  const mounts = [`cp -a ${LOADER.join(' ')} "$ROOT/etc"`, ...PLACES.map((place) => `mount --bind "$ROOT${place}" ${place}`)];
  const { status } = spawnSync('unshare', ['--mount', 'bash', '-ec', [...mounts, 'PATH=$ROOT/bin:/usr/bin:/bin exec bash -x "$ROOT/user-data" 2> "$ROOT/trace"'].join('\n')],
    { env: { ...process.env, ROOT: folder, FAIL: fail } });
  return { status, ...left(folder) };
}

function left(folder: string): Omit<Boot, 'status'> {
  const read = (path: string) => existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : '';
  const files = readdirSync(join(folder, 'calls')).sort();
  const calls = files.filter((file) => !file.endsWith('.body')).map((file) => read(`calls/${file}`).trimEnd().split('\n'));
  const body = files.find((file) => file.endsWith('.body'));
  return {
    calls,
    words: body === undefined ? undefined : unpack((JSON.parse(read(`calls/${body}`)) as { Value: string }).Value),
    signals: calls.flat().flatMap((argument) => /Status=FAILURE&UniqueId=(.*)/.exec(argument)?.[1] ?? []),
    trace: read('trace'),
    keys: read('keys'),
    at: (path) => join(folder, path),
  };
}

const started = ({ calls }: Boot) => calls.filter(([name]) => name === 'node');

test('a machine that boots well starts the agent with `install`, and has nothing to tell', () => {
  const machine = boot();
  expect(machine).toMatchObject({ status: 0, signals: [], words: undefined });
  expect(machine.calls.at(-1)).toEqual(['node', '/opt/paddock/agent.mjs', 'install']);
  expect(readFileSync(machine.at('/opt/paddock/agent.mjs'), 'utf8')).toBe(AGENT);
  expect(JSON.parse(readFileSync(machine.at('/etc/paddock/settings.json'), 'utf8'))).toMatchObject({ deployment: settings.deployment });
  expect(machine.calls.find((call) => call[0] === 'apt-get' && call.includes('install'))?.slice(-2)).toEqual(INSTALL);
  expect(existsSync(machine.at('/usr/sbin/policy-rc.d'))).toBe(false);
});

test('asks for its packages by the parameter that its settings name, and leaves none of them on the disk', () => {
  const machine = boot();
  const asked = machine.calls.find((call) => call.includes('X-Amz-Target: AmazonSSM.GetParameter'))!;
  expect(JSON.parse(asked.at(-1)!)).toEqual({ Name: packagesParameterOf(settings.deployment, settings.packages) });
  expect(readdirSync(machine.at('/var/cache'))).toEqual([]);
});

test.each([
  ['nobody says where its packages are', 'AmazonSSM.GetParameter', 'packages-pointer'],
  ['its packages cannot be downloaded', 'curl .*packages\\.tar', 'packages-download'],
  ['their index cannot be read', 'apt-get .* update ', 'packages'],
  ['a package cannot be installed', 'apt-get .* install ', 'packages'],
  ['the agent cannot be downloaded', 'curl .*a\\.tar', 'agent-download'],
  ['the agent cannot be installed', 'node .* install ', 'agent-start'],
])('when %s the machine says so, once, and the deploy fails', (_, fail, step) => {
  const machine = boot({ fail });
  expect(machine).toMatchObject({ status: 1, signals: [`${INSTANCE}:${step}`] });
  expect(machine.words).toEqual({
    instance: INSTANCE, at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/), release: '', step, serves: 'nothing', log: ['first line', 'last line', ''],
    error: expect.stringMatching(`^boot\\.sh: step ${step} must succeed, got a failure on line \\d+; mend what the log says$`),
  });
  expect(started(machine)).toHaveLength(step === 'agent-start' ? 1 : 0);
});

test('the last words go to the parameter that the deploy names, encrypted, over those of an earlier machine', () => {
  const machine = boot({ fail: 'apt-get .* update ' });
  const [body] = readdirSync(machine.at('calls')).filter((file) => file.endsWith('.body'));
  expect(JSON.parse(readFileSync(machine.at(`calls/${body}`), 'utf8'))).toMatchObject({ Name: lastWordsParameterOf(settings.deployment), Type: 'SecureString', Overwrite: true });
});

test.each([
  ['app server', appServerSettings, appServerSettings.release.digest.slice(0, 12)],
  ['balancer', balancerSettings, balancerSettings.machine],
  ['machine alone, which no alarm watches,', settings, undefined],
])('a %s that cannot boot rings the alarm of what it was launched with', (_, given, what) => {
  const { calls, status, signals } = boot({ fail: 'apt-get .* install ', given });
  const told = calls.filter((call) => call.some((word) => word.startsWith('https://monitoring.'))).map((call) => Object.fromEntries(call.flatMap((word) => (word.startsWith('-d') ? [word.slice(2).split('=')] : []))));
  // As an agent's, which also says when, and of what unit: now and none are the same to an alarm.
  const { 'MetricData.member.1.Timestamp': _now, 'MetricData.member.1.Unit': _unit, ...agents } = metricData(given.deployment, 0, [{ name: 'RefusedReleases', unit: 'Count', value: 1, of: { Release: what ?? '' } }]) as Record<string, string>;
  expect(told).toEqual(what === undefined ? [] : [{ Action: 'PutMetricData', Version: '2010-08-01', ...agents }]);
  expect({ status, signals }).toEqual({ status: 1, signals: [`${INSTANCE}:packages`] });
});

test('an agent whose digest is wrong is never run and never in place', () => {
  const machine = boot({ agent: 'd'.repeat(64) });
  expect(machine).toMatchObject({ status: 1, words: { step: 'agent-digest' }, signals: [`${INSTANCE}:agent-digest`] });
  expect(started(machine)).toEqual([]);
  expect(readdirSync(machine.at('/opt/paddock'))).toEqual([]);
});

test('packages whose digest is wrong are never opened', () => {
  const machine = boot({ packages: 'c'.repeat(64) });
  expect(machine).toMatchObject({ status: 1, words: { step: 'packages-digest' }, signals: [`${INSTANCE}:packages-digest`] });
  expect(machine.calls.some(([name]) => name === 'apt-get')).toBe(false);
});

test('a signal that is refused with the step is sent again with the id alone', () => {
  const { signals } = boot({ fail: 'apt-get .* update |UniqueId=i-[0-9a-f]+:packages' });
  expect(signals).toEqual([`${INSTANCE}:packages`, INSTANCE]);
});

test('the deploy is told of a failure even when the last words are refused', () => {
  expect(boot({ fail: 'apt-get .* update |AmazonSSM.PutParameter' })).toMatchObject({ status: 1, signals: [`${INSTANCE}:packages`] });
});

test.each([
  ['a token', 'api/token'],
  ['its id', 'instance-id'],
  ['its domain', 'services/domain'],
  ['its role', 'security-credentials/ '],
])('a machine that is not given %s ends, and signs nothing', (_, fail) => {
  const machine = boot({ fail });
  expect(machine).toMatchObject({ status: 1, keys: '', signals: [] });
  expect(machine.trace).not.toContain('unbound variable');
});

test('a machine whose keys are refused ends, and starts nothing', () => {
  const machine = boot({ fail: 'security-credentials/machine' });
  expect(machine.status).toBe(1);
  expect(started(machine)).toEqual([]);
});

test('no argument of any process ever holds a secret key, and no file keeps it', () => {
  const machine = boot({ fail: 'node .* install ' });
  expect(machine.keys).toContain(SECRET);
  expect(machine.calls.flat().join('\n')).not.toContain(SECRET);
  expect(machine.trace).toContain('--aws-sigv4 aws:amz:eu-central-1:ssm');
  expect(machine.trace).not.toContain(SECRET);
  expect(readdirSync(machine.at('/run/paddock'))).toEqual([]);
});
