import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, Stage } from './stage.js';

const stage = new Stage();
const DJANGO = 'examples/django';

/** Imports on the deployer's computer, fails on a machine: what no build can find out. */
const failing = () => stage.application('failing', 'wsgi', {
  'wsgi.py': "import os\n\nif os.path.exists('/etc/paddock'):\n    raise RuntimeError('the warehouse is on fire')\n\n\ndef application(environ, start_response):\n    start_response('200 OK', [])\n    return [b'ok']\n",
});

let url = '';
const page = async () => (await fetch(url)).text();

/** Writes into the guest book as a browser would. */
async function sign(message: string): Promise<void> {
  const form = await fetch(url);
  const cookie = form.headers.getSetCookie()[0]!.split(';')[0]!;
  const token = /csrfmiddlewaretoken" value="([^"]+)"/.exec(await form.text())![1]!;
  const answer = await fetch(url, { method: 'POST', redirect: 'manual', headers: { cookie, referer: url }, body: new URLSearchParams({ csrfmiddlewaretoken: token, name: 'Ada', message }) });
  expect(answer.status).toBe(302);
}

beforeAll(async () => { await stage.run('up'); });
afterAll(async () => { await stage.down(); });

describe('a site that cannot start', () => {
  test('fails the deploy, says why, and leaves no machine', async () => {
    const { code, text } = await stage.deploy(failing());
    expect(code).toBe(1);
    expect(text).toMatch(/Received FAILURE signal with UniqueId i-[0-9a-f]{17}:hand-over/);
    expect(text).toMatch(/single-node: i-[0-9a-f]{17} refused release [0-9a-f]{12} at step (start|readiness|hand-over)/);
    expect(text).toContain('what serves: nothing');
    expect(text).toContain('RuntimeError: the warehouse is on fire');
    expect((await stage.inventory()).machines.filter(({ state }) => state !== 'terminated')).toEqual([]);
  });

  test('can still be asked why when its machine is gone', async () => {
    expect((await stage.run('why')).text).toContain('RuntimeError: the warehouse is on fire');
  });
});

describe('a site', () => {
  test('serves after a deploy', async () => {
    const { code, lastLine, text } = await stage.deploy(DJANGO);
    expect(code, text).toBe(0);
    url = lastLine;
    expect(url).toMatch(/^http:\/\/[\d.]+\/$/);
    expect(await page()).toContain('The guest book');
  });

  test('has its hashed style sheet from nginx, compressed, for a year', async () => {
    const path = /href="(\/static\/[^"]+\.css)"/.exec(await page())![1]!;
    const answer = await fetch(new URL(path, url), { headers: { 'accept-encoding': 'br' } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-encoding')).toBe('br');
  });

  test('refuses a Host that is not its own', async () => {
    const { hostname } = new URL(url);
    expect(execFileSync('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-H', 'Host: elsewhere.example', `http://${hostname}/`], { encoding: 'utf8' })).toBe('421');
  });

  test('answers on no port but 80 and 443', () => {
    const { hostname } = new URL(url);
    for (const port of [22, 81, 8000]) {
      expect(() => execFileSync('curl', ['-s', '-m', '2', `http://${hostname}:${port}/`])).toThrow();
    }
  });

  test('is sandboxed: it cannot read the instance\'s metadata nor write its own code', async () => {
    const scores = await stage.inMachine('for unit in nginx app-a; do systemd-analyze security --no-pager $unit.service | tail -n 1; done');
    const [nginx, app] = [...scores.matchAll(/: ([\d.]+) /g)].map(([, score]) => Number(score)) as [number, number];
    expect(nginx).toBeLessThanOrEqual(1.6);
    expect(app).toBeLessThanOrEqual(1.2);
    const asApp = (command: string) => stage.inMachine(`nsenter -t $(systemctl show -P MainPID app-a.service) -m -n setpriv --reuid=900 --regid=900 --clear-groups ${command} && echo let || echo kept`);
    expect(await asApp('curl -s -m 3 http://169.254.169.254/latest/meta-data/')).toContain('kept');
    expect(await asApp('touch /opt/paddock/current/app/wsgi.py')).toContain('kept');
    expect(await asApp('touch /data/app/allowed')).toContain('let');
  });

  test('keeps an agent beside it that is small and idle', async () => {
    const [kilobytes] = (await stage.inMachine('ps -o rss= -p $(systemctl show -P MainPID paddock-agent.service)')).trim().split(/\s+/).map(Number);
    expect(kilobytes).toBeLessThan(80 * 1024);
    const ticks = async () => Number((await stage.inMachine('cut -d" " -f14,15 /proc/$(systemctl show -P MainPID paddock-agent.service)/stat')).trim().split(/\s+/).reduce((sum, each) => sum + Number(each), 0));
    const before = await ticks();
    await new Promise((done) => setTimeout(done, 15_000));
    expect((await ticks()) - before, 'hundredths of a second in fifteen').toBeLessThanOrEqual(15);
  });
});

describe('a second deploy with no change', () => {
  test('touches nothing', async () => {
    const before = await stage.inventory();
    const acts = () => stage.inMachine('journalctl -u paddock-agent -o cat | grep -E "wrote files|brought release|served|failed" || true');
    const done = await acts();
    const { code, text } = await stage.deploy(DJANGO);
    expect(code, text).toBe(0);
    expect(text).toContain('no changes');
    expect(await stage.inventory()).toEqual(before);
    expect(await acts()).toBe(done);
  });

  test('and the agent started anew changes nothing either', async () => {
    await stage.inMachine('systemctl restart paddock-agent');
    await eventually(30, () => stage.inMachine('journalctl -u paddock-agent -o cat --since=-30s'), (text) => text.includes('"claimed address"'));
    expect(await stage.inMachine('journalctl -u paddock-agent -o cat --since=-30s | grep "wrote files" || echo none')).toContain('none');
  });
});

describe('a killed machine', () => {
  test('comes back by itself with its data and address', async () => {
    await sign('this line must outlive the machine');
    const [before] = (await stage.inventory()).machines;
    expect((await stage.run('kill', 'single-node')).code).toBe(0);
    const text = await eventually(120, page, (body) => body.includes('this line must outlive the machine'));
    expect(text).toContain('The guest book');
    const [after] = (await stage.inventory()).machines.filter(({ state }) => state === 'running');
    expect(after!.id).not.toBe(before!.id);
    expect(after!.address).toBe(before!.address);
    expect(after!.release).toBe(before!.release);
  });

  test('runs no release command a second time', async () => {
    expect(await stage.inMachine('journalctl -u paddock-agent -o cat | grep "ran release command" || echo none')).toContain('none');
  });
});

describe('a deploy that changes what the machine is made of', () => {
  test('replaces it, with its data and address, and serves the release that comes along', async () => {
    const [before] = (await stage.inventory()).machines;
    const application = stage.application('newer', 'django', { 'NEWS': 'a change of the release in the same deploy' });
    const { code, text } = await stage.deploy(application, '-c', 'instanceType=t3.medium');
    expect(code, text).toBe(0);
    const [after] = (await stage.inventory()).machines.filter(({ state }) => state === 'running');
    expect(after!.id).not.toBe(before!.id);
    expect(after!.address).toBe(before!.address);
    expect(after!.release).not.toBe(before!.release);
    expect(await page()).toContain('this line must outlive the machine');
  });
});

describe('down', () => {
  test('leaves no process, mount, network, rule or loop device behind', async () => {
    const { machines } = await stage.inventory();
    expect((await stage.down()).code).toBe(0);
    const left = execFileSync('sh', ['-c', 'ps -eo args; mount; ip netns; nft list tables; losetup -a; ip route'], { encoding: 'utf8' });
    expect(left).not.toContain(stage.name);
    for (const { id, address } of machines) {
      expect(left).not.toContain(id);
      expect(left).not.toContain(`${address} `);
    }
  });
});
