import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { KeptReleases } from '../../app-runtime/kept-releases.js';
import { ACCOUNT, REGION } from '../lab.js';
import { type Behaviour, site } from './site.js';
import { eventually, type Said, Stage } from './stage.js';
import { Watch } from './watch.js';

const stage = new Stage();
const QUICK = ['-c', 'bakeTime=2', '-c', 'startTime=8'];

let url = '';
let first = '';
let watch: Watch;
const page = async (path = '') => (await fetch(url + path)).text();
const machine = async () => (await stage.inventory()).machines[0]!;
const folder = (version: string, behaviour: Behaviour = {}) => stage.application(version, 'wsgi', site(version, behaviour));
const deploy = (version: string, behaviour: Behaviour = {}, ...words: string[]) => stage.deploy(folder(version, behaviour), ...QUICK, ...words);

/** A deploy that must be refused while visitors go on being answered by what served before. */
async function refused(version: string, behaviour: Behaviour, ...words: string[]): Promise<Said> {
  const before = await machine();
  const said = await deploy(version, behaviour, ...words);
  expect(said.code, said.text).toBe(1);
  expect(said.text).toContain(`what serves: release ${before.release!.slice(0, 12)}`);
  expect((await machine()).release).toBe(before.release);
  return said;
}

/** CloudFormation's own event names the machine and the step. */
const event = (step: string) => new RegExp(`Received FAILURE signal with UniqueId i-[0-9a-f]{17}:${step}`);

beforeAll(async () => {
  await stage.run('up');
  const { code, lastLine, text } = await deploy('v1', { files: { 'static/page.aaaaaaaaaaa1.css': 'v1' } });
  expect(code, text).toBe(0);
  url = lastLine;
  first = (await machine()).id;
});
afterAll(async () => { await stage.down(); });

describe('a changed application', () => {
  test('is served by the same machine at the same address, and no visitor meets anything but the old or the new version', async () => {
    const before = await machine();
    watch = new Watch(url);
    const { code, text } = await deploy('v2', { files: { 'static/page.aaaaaaaaaaa2.css': 'v2' } });
    const { answers, failures } = await watch.end();
    expect(code, text).toBe(0);
    expect(failures).toEqual([]);
    expect(Object.keys(answers).sort()).toEqual(['v1', 'v2']);
    expect(await page()).toBe('v2');
    const after = await machine();
    expect({ ...after, release: '', switch: null, kept: [] }).toEqual({ ...before, release: '', switch: null, kept: [] });
    expect(after.kept).toHaveLength(2);
  });

  test('and the person sees each step of it, on the machine as in the lab', async () => {
    const told = await stage.inMachine('paddock status');
    for (const step of ['download', 'digest', 'unpack', 'prepare', 'secrets', 'configure', 'start', 'readiness', 'hand-over', 'bake', 'settle']) expect(told).toContain(`  ${step} `);
    expect(told).toMatch(/^ {2}served after \d+\.\d s$/m);
    expect((await stage.run('status')).text).toContain('served after');
  });
});

describe('a changed setting', () => {
  test('of the environment is a release like any other', async () => {
    const before = await machine();
    watch = new Watch(url);
    const { code, text } = await deploy('v3', { atRequest: "body = VERSION + os.environ.get('GREETING', '')", files: { 'static/page.aaaaaaaaaaa3.css': 'v3' } }, '-c', 'environment.GREETING= says hello');
    expect(code, text).toBe(0);
    expect((await watch.end()).failures).toEqual([]);
    expect(await page()).toBe('v3 says hello');
    expect((await machine()).id).toBe(before.id);
  });

  test('pages of the last three releases still have their files', async () => {
    for (const version of [1, 2, 3]) expect(await page(`static/page.aaaaaaaaaaa${version}.css`)).toBe(`v${version}`);
  });
});

describe('going back', () => {
  test('to the release before is one command, and brings its environment back too', async () => {
    watch = new Watch(url);
    const { code, text } = await stage.run('rollback');
    expect(code, text).toBe(0);
    const { answers, failures } = await watch.end();
    expect(failures).toEqual([]);
    expect(Object.keys(answers).sort()).toEqual(['v2', 'v3 says hello']);
    expect(await page()).toBe('v2');
  });

  test('is also a deploy of the version before', async () => {
    const { code, text } = await deploy('v1', { files: { 'static/page.aaaaaaaaaaa1.css': 'v1' } });
    expect(code, text).toBe(0);
    expect(await page()).toBe('v1');
  });

  test('to a release that the machine keeps no more is refused before anything changes', async () => {
    const before = await machine();
    const { code, text } = await stage.run('rollback', '--to', 'f'.repeat(12));
    expect(code).toBe(1);
    expect(text).toMatch(/^rollback: the release must be one that the machine keeps \([0-9a-f, ]+\), got f{12}; deploy its sources instead$/m);
    expect(await machine()).toEqual(before);
  });

  test('by a pointer that was written by hand is refused', async () => {
    const Name = '/paddock/single-node/release';
    const serving = await stage.parameter(Name);
    const [, other] = (JSON.parse(await stage.parameter('/paddock/single-node/kept')) as KeptReleases).releases;
    const replayed = { ...JSON.parse(serving), bucket: other!.bucket, key: other!.key, digest: other!.digest, signal: `Release${other!.digest.slice(0, 12)}` };
    await stage.putParameter(Name, JSON.stringify(replayed));
    const why = await eventually(60, async () => (await stage.run('why')).text, (text) => text.includes('at step replay'));
    const short = other!.digest.slice(0, 12);
    expect(why).toContain(`release ${short}: one that served before must come back by a deploy, got a pointer to it that no deploy wrote; run npm run rollback -- --to ${short}`);
    expect(await page()).toBe('v1');
    await stage.putParameter(Name, serving);
  });
});

describe('a release that must not serve', () => {
  beforeEach(() => { watch = new Watch(url); });
  afterEach(async () => {
    const { answers, failures } = await watch.end();
    expect(failures).toEqual([]);
    expect(Object.keys(answers).filter((answer) => answer !== 'v1'), 'what visitors met').toEqual([]);
  });

  test('because its import raises', async () => {
    const { text } = await refused('raises', { atImport: "raise RuntimeError('the warehouse is on fire')" });
    expect(text).toMatch(event('start|readiness'));
    expect(text).toContain('RuntimeError: the warehouse is on fire (wsgi.py:11)');
    expect(text).toContain('the application must go on running, got its end; correct it and deploy again');
  });

  test('because it hangs before it listens', async () => {
    const { text } = await refused('hangs', { atImport: 'time.sleep(3600)' });
    expect(text).toMatch(event('readiness'));
    expect(text).toMatch(/\/ must answer 2xx 3 times in a row from each of \d+ workers within 8 s, got no answer; correct the application and deploy again/);
  });

  for (const [status, told] of [['404 Not Found', '404 broken'], ['302 Found', '302 broken'], ['500 Internal Server Error', '500 broken']]) {
    test(`because readiness answers ${status}`, async () => {
      const { text } = await refused(`answers-${status!.slice(0, 3)}`, { atRequest: `status, body = '${status}', 'broken'` });
      expect(text).toMatch(event('readiness'));
      expect(text).toContain(`within 8 s, got ${told}; correct the application and deploy again`);
      expect(text).toContain(`last readiness answer: ${told}`);
    });
  }

  test('because one of its workers is bad', async () => {
    const counted = ['for number in range(99):', '    try:', "        os.close(os.open(f'{DATA}/worker-{number}', os.O_CREAT | os.O_EXCL))", '        break', '    except FileExistsError:', '        pass', 'globals()["NUMBER"] = number'].join('\n');
    const { text } = await refused('one-bad-worker', { atImport: counted, atRequest: "if NUMBER == 1:\n    status, body = '500 Internal Server Error', 'bad worker'" });
    expect(text).toMatch(event('readiness'));
    expect(text).toContain('got 500 bad worker; correct the application and deploy again');
  });

  test('because it writes outside what it may, and so cannot start', async () => {
    const { text } = await refused('writes', { atImport: "open('/etc/paddock/settings.json', 'a')" });
    expect(text).toContain("PermissionError: [Errno 13] Permission denied: '/etc/paddock/settings.json' (wsgi.py:11)");
  });

  test('because its release command fails', async () => {
    const { text } = await refused('command-fails', { release: 'echo no such column && false' });
    expect(text).toMatch(event('release-command'));
    expect(text).toContain('echo no such column && false must succeed, got a failure; correct what it says and deploy again');
    expect(text).toContain('no such column');
    const digest = text.match(/refused release ([0-9a-f]{12})/)![1];
    expect(await stage.inMachine(`cat /data/.paddock/commanded/${digest}*.log`)).toContain('no such column');
  });

  test('because the disk has no room for it', async () => {
    await stage.inMachine('mkdir -p /mnt && mount -t tmpfs -o size=200m tmpfs /mnt && cp -a /opt/paddock/releases/. /mnt && mount --bind /mnt /opt/paddock/releases');
    const { text } = await refused('no-room', {});
    await stage.inMachine('umount /opt/paddock/releases && umount /mnt');
    expect(text).toMatch(event('disk'));
    expect(text).toMatch(/\/opt\/paddock\/releases: 512 MiB must be free before a release comes, got \d+ MiB; remove what fills the disk, or give it a larger one/);
  });

  test('because systemd refuses its unit', async () => {
    await stage.inMachine('mkdir -p /etc/systemd/system/app-candidate.service.d && echo "[Service]\nNonsense=1" > /etc/systemd/system/app-candidate.service.d/nonsense.conf');
    const { text } = await refused('bad-unit', {});
    await stage.inMachine('rm -r /etc/systemd/system/app-candidate.service.d');
    expect(text).toMatch(event('configure'));
    expect(text).toMatch(/systemd refused .*Unknown key 'Nonsense' in section \[Service\], ignoring\.; the old files still serve/);
  });

  test('because nginx refuses its configuration', async () => {
    await stage.inMachine('cp /etc/nginx/mime.types /etc/nginx/mime.types.kept && echo nonsense >> /etc/nginx/mime.types');
    const { text } = await refused('bad-proxy', {});
    await stage.inMachine('mv /etc/nginx/mime.types.kept /etc/nginx/mime.types');
    expect(text).toMatch(event('configure'));
    expect(text).toMatch(/nginx refused .*\/etc\/nginx\/mime\.types.*; the old files still serve/);
  });

  test('because its archive is not what was built', async () => {
    const application = folder('tampered');
    const digest = stage.digestOf(application, { bakeTime: 2, startTime: 8 });
    const { endpoint } = await stage.inventory();
    // The CDK names an asset by the hash of the hash that it was given, and does not upload what is there already, unless it is tiny.
    const object = `${endpoint}/cdk-hnb659fds-assets-${ACCOUNT}-${REGION}/${createHash('sha256').update(digest).digest('hex')}.gz`;
    expect((await fetch(object, { method: 'PUT', body: 'not what was built '.repeat(9) })).status).toBe(200);
    const { text } = await refused('tampered', {});
    expect(text).toMatch(event('digest'));
    expect(text).toContain(`SHA-256 must be ${digest}, got `);
    expect(await stage.inMachine('ls /opt/paddock/releases')).not.toMatch(new RegExp(`^${digest}`, 'm'));
  });
});

describe('a release that begins to fail once it serves', () => {
  test('is taken back within its bake time', async () => {
    const said = await deploy('fails-later', { atRequest: "if time.monotonic() - BEGAN > 6:\n    status, body = '500 Internal Server Error', 'too late'" }, '-c', 'bakeTime=12');
    expect(said.code, said.text).toBe(1);
    expect(said.text).toMatch(event('bake'));
    expect(said.text).toContain('the release must serve well for 12 s, got 500 too late; correct it and deploy again');
    expect(await page()).toBe('v1');
  });

  test('or ends', async () => {
    const said = await deploy('ends-later', { atRequest: "if time.monotonic() - BEGAN > 5:\n    os.kill(os.getppid(), 9)" }, '-c', 'bakeTime=12');
    expect(said.code, said.text).toBe(1);
    expect(said.text).toMatch(event('bake'));
    expect(await page()).toBe('v1');
  });
});

describe('a request in flight', () => {
  const slow = "if path == '/slow':\n    time.sleep(float(query))\n    body = VERSION + ' took its time'\nif path == '/stream':\n    body = ((time.sleep(1), VERSION.encode())[1] for _ in range(60))";

  test('finishes on the release that it began on, and one that takes longer than the budget is cut, counted and logged', async () => {
    const words = ['-c', 'requestBudget=12'];
    expect((await deploy('slow-1', { atRequest: slow }, ...words)).code).toBe(0);
    const going = deploy('slow-2', { atRequest: slow }, ...words);
    await eventually(60, async () => (await machine()).switch?.steps.at(-1)?.name, (step) => step === 'readiness');
    const [finishes, cut] = [page('slow?8'), page('stream').catch((error: Error) => error)];
    expect((await going).code).toBe(0);
    expect(await finishes).toBe('slow-1 took its time');
    expect(await cut).toBeInstanceOf(Error);
    expect(await page()).toBe('slow-2');
    expect(await stage.inMachine('journalctl -u paddock-agent -o cat | grep "cut requests"')).toMatch(/"event":"cut requests at the request budget".*"requests":1/);
  });
});

describe('two deploys at once', () => {
  test('never mix: one is served, the other waits for its turn or is refused', async () => {
    const [one, two] = [folder('at-once-1'), folder('at-once-2')].map((application) => stage.deploy(application, ...QUICK));
    const ends = await Promise.all([one!, two!]);
    const served = ['at-once-1', 'at-once-2'].filter((_, index) => ends[index]!.code === 0);
    expect(served.length, ends.map(({ text }) => text).join('\n')).toBeGreaterThan(0);
    expect(served).toContain(await page());
  });
});

describe('all of these releases', () => {
  test('were served by one machine', async () => {
    expect((await stage.inventory()).machines.map(({ id }) => id)).toEqual([first]);
  });
});
