import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../lab.js';
import { site } from './site.js';
import { eventually, Stage } from './stage.js';
import { Watch } from './watch.js';

const stage = new Stage();
/** Values that stand nowhere but where they must: one of Parameter Store, one of Secrets Manager. */
const CANARY = { parameter: 'canary-7d1f-parameter', secret: 'canary-83ac-secret' };
const NAMED = ['-c', 'secrets.API_KEY=/shop/api-key', '-c', 'secrets.STRIPE=shop/stripe#key', '-c', 'bakeTime=2', '-c', 'startTime=10', '-c', 'watchSecrets=true'];

/** Tells what a visitor may know of the secrets: how they end. */
const folder = (version: string, atRequest = '') => stage.application(version, 'wsgi', site(version, {
  atRequest: `body = VERSION + ' ' + os.environ['API_KEY'][-9:] + ' ' + os.environ['STRIPE'][-6:]\n${atRequest}`,
}));

let url = '';
const page = async () => (await fetch(url)).text();

beforeAll(async () => { await stage.run('up'); });
afterAll(async () => { await stage.down(); });

describe('a secret', () => {
  test('that is missing fails the deploy by its name', async () => {
    await stage.putParameter('/shop/api-key', CANARY.parameter, 'SecureString');
    const { code, text } = await stage.deploy(folder('v1'), ...NAMED);
    expect(code).toBe(1);
    expect(text).toMatch(/Received FAILURE signal with UniqueId i-[0-9a-f]{17}:secrets/);
    expect(text).toContain('secrets.STRIPE: secret shop/stripe must be there for the machine to read, got ResourceNotFoundException; create it and deploy again');
  });

  test('reaches the application from either store', async () => {
    await stage.call('secretsmanager', 'secretsmanager.CreateSecret', { Name: 'shop/stripe', SecretString: JSON.stringify({ key: CANARY.secret }) });
    const { code, lastLine, text } = await stage.deploy(folder('v1'), ...NAMED);
    expect(code, text).toBe(0);
    url = lastLine;
    expect(await page()).toBe('v1 parameter secret');
  });

  test('is nowhere else: not in the templates, user data, command lines, other users\' processes, the journal, or a file that the application can read', async () => {
    const canaries = Object.values(CANARY).join('\\|');
    const assembly = join(PROJECT, '.lab', stage.name, 'cdk', 'cdk.out');
    for (const name of readdirSync(assembly).filter((each) => each.endsWith('.json'))) expect(readFileSync(join(assembly, name), 'utf8')).not.toMatch(/canary-/);
    const found = async (command: string) => (await stage.inMachine(`${command} || echo nowhere`)).trim();
    expect(await found(`grep -rl '${canaries}' /var/lib/cloud /etc /opt/paddock /var/log`)).toBe('nowhere');
    // Each process but grep, whose own command line holds what it looks for.
    const others = (file: string, which: string) => `for pid in $(ps -eo pid,user --no-headers | awk '${which} {print $1}'); do grep -qa canary- /proc/$pid/${file} 2>/dev/null && ! grep -qa 'grep' /proc/$pid/cmdline && cat /proc/$pid/cmdline && exit 0; done; false`;
    expect(await found(`{ ${others('cmdline', '$2 == "app"')}; }`)).toBe('nowhere');
    expect(await found(`{ ${others('environ', '$2 != "app"')}; }`)).toBe('nowhere');
    expect(await found(`journalctl -o cat | grep '${canaries}'`)).toBe('nowhere');
    const asApp = 'nsenter -t $(systemctl show -P MainPID app-a.service) -m -n setpriv --reuid=900 --regid=900 --clear-groups';
    expect(await found(`${asApp} grep -rlsa '${canaries}' /data /etc /run /tmp /var /opt /home /srv`)).toBe('nowhere');
    // The same search finds them where they are: a search that finds nothing anywhere would prove nothing.
    expect(await found(`grep -rl '${canaries}' /run/paddock`)).toBe('/run/paddock/a.env');
    expect(await found(`{ ${others('environ', '$2 == "app"')}; }`)).not.toBe('nowhere');
    expect(await stage.inMachine('stat -c "%a %U %T" /run/paddock/a.env && stat -f -c %T /run/paddock/a.env')).toMatch(/^400 root .*\ntmpfs$/m);
  });

  test('is in no core dump of the application', async () => {
    await stage.inMachine('kill -SEGV $(pgrep -P $(systemctl show -P MainPID app-a.service) | head -n 1)');
    expect((await stage.inMachine('find / -xdev -newer /run/paddock/a.env -name "core*" -type f -size +100k 2>/dev/null | head')).trim()).toBe('');
    await eventually(20, page, (text) => text.startsWith('v1'));
  });
});

describe('a rotated secret', () => {
  test('is taken up by itself within a minute, and no visitor notices', async () => {
    const watch = new Watch(url);
    await stage.putParameter('/shop/api-key', 'canary-another', 'SecureString');
    await eventually(60, page, (text) => text === 'v1 y-another secret');
    const { answers, failures } = await watch.end();
    expect(failures).toEqual([]);
    expect(Object.keys(answers).sort()).toEqual(['v1 parameter secret', 'v1 y-another secret']);
  });

  test('is taken up at once by paddock reload', async () => {
    await stage.call('secretsmanager', 'secretsmanager.PutSecretValue', { SecretId: 'shop/stripe', SecretString: JSON.stringify({ key: 'fourth' }) });
    expect(await stage.inMachine('paddock reload')).toMatch(/release [0-9a-f]{12} runs anew, with its secrets as they are now/);
    expect(await page()).toBe('v1 y-another fourth');
  });

  test('that the application cannot serve with is refused, and it goes on with the old one', async () => {
    const application = folder('v2', "if os.environ['API_KEY'] == 'bad':\n    status, body = '500 Internal Server Error', 'no such key'");
    expect((await stage.deploy(application, ...NAMED)).code).toBe(0);
    const watch = new Watch(url);
    await stage.putParameter('/shop/api-key', 'bad', 'SecureString');
    expect(await stage.inMachine('paddock reload 2>&1')).toContain('got 500 no such key; correct the application and deploy again');
    expect(await page()).toBe('v2 y-another fourth');
    expect((await watch.end()).failures).toEqual([]);
  });
});

describe('the key of a Django site', () => {
  test('is generated once and kept with the data', async () => {
    const key = await stage.inMachine('grep SECRET_KEY /run/paddock/?.env');
    expect(key).toContain(`SECRET_KEY="${(await stage.inMachine('cat /data/.paddock/secret-key')).trim()}"`);
  });
});
