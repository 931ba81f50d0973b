import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Api } from '../api.js';
import { existingLab } from '../lab.js';
import { site } from './site.js';
import { eventually, Stage } from './stage.js';
import { Watch } from './watch.js';

/** AWS's own SDK, as an application locks it. */
const SDK = ['boto3==1.44.8', 'botocore==1.44.8', 'jmespath==1.1.0', 's3transfer==0.19.3', 'python-dateutil==2.9.0.post0', 'urllib3==2.8.0', 'six==1.17.0'].join('\n');
/** An application that keeps what is uploaded in its bucket, and knows nothing of how it is let in. */
const KEEPS_FILES = `
import boto3
s3, bucket, name = boto3.client('s3'), os.environ['MEDIA_BUCKET'], path.removeprefix('/files/')
if path == '/files/':
    body = json.dumps([each['Key'] for each in s3.list_objects_v2(Bucket=bucket).get('Contents', [])])
elif path.startswith('/files/') and environ['REQUEST_METHOD'] == 'PUT':
    s3.upload_fileobj(environ['wsgi.input'], bucket, name)
    body = 'kept'
elif path.startswith('/files/') and environ['REQUEST_METHOD'] == 'DELETE':
    s3.delete_object(Bucket=bucket, Key=name)
    body = 'gone'
elif path.startswith('/link/'):
    body = s3.generate_presigned_url('get_object', Params={'Bucket': bucket, 'Key': path.removeprefix('/link/')}, ExpiresIn=300)
elif path.startswith('/files/'):
    body = s3.get_object(Bucket=bucket, Key=name)['Body'].read()
    body = [body]
`;
const SETTINGS = ['-c', 'media=bucket', '-c', 'bakeTime=2', '-c', 'minServers=2', '-c', 'maxServers=2', '-c', 'deletionProtection=false'];

const stage = new Stage();
const folder = (version: string) => stage.application(version, 'wsgi', site(version, { atRequest: KEEPS_FILES, files: { 'requirements.txt': SDK } }));
const deploy = async (stack: string, version: string, ...words: string[]) => {
  const { code, text } = await stage.run('deploy', stack, '-c', `application=${folder(version)}`, ...SETTINGS, ...words);
  expect(code, text).toBe(0);
  return text.trim().split('\n').at(-1)!;
};
const api = () => new Api({ url: existingLab(stage.name).endpoint });
const machine = async () => (await stage.inventory()).machines.find(({ role }) => role === 'single-node')!;
const put = async (name: string, body: string) => (await fetch(new URL(`files/${name}`, url), { method: 'PUT', body })).text();
const get = async (name: string, of = url) => (await fetch(new URL(`files/${name}`, of))).text();
const list = async () => (await fetch(new URL('files/', url))).json() as Promise<string[]>;
/** As the application's own user, in its own sandbox. */
const asApp = (command: string) => stage.inMachine(`pid=$(systemctl show -P MainPID app-a.service app-b.service | grep -v ^0 | head -1); nsenter -t $pid -m -n setpriv --reuid=900 --regid=900 --clear-groups ${command}`);

let url = '';

beforeAll(() => stage.run('up'));
afterAll(() => stage.down());

describe('files that visitors upload', () => {
  test('are kept in the bucket by the SDK, without a key in sight', async () => {
    url = await deploy('single-node', 'v1');
    const large = 'x'.repeat(9 * 1024 * 1024);
    expect(await put('cat.txt', 'meow')).toBe('kept');
    expect(await put('large.txt', large)).toBe('kept');
    expect(await get('cat.txt')).toBe('meow');
    expect((await get('large.txt')).length).toBe(large.length);
    expect(await list()).toEqual(['cat.txt', 'large.txt']);
  });

  test('are shown by a link that is signed, and by no other', async () => {
    const link = await (await fetch(new URL('link/cat.txt', url))).text();
    expect(link).toMatch(/^https:\/\/media-bucket[a-z0-9-]+\.s3\.[a-z0-9-]*\.?amazonaws\.com\/cat\.txt\?/);
    expect(await stage.inMachine(`curl -s '${link}'`)).toBe('meow');
  });

  test('are all that the application can get at: not the machine\'s own credentials, and nobody else those of the application', async () => {
    expect(await asApp('curl -s -m 3 -o /dev/null -w "%{http_code}" http://169.254.169.254/latest/api/token -X PUT')).toMatch(/^000/);
    expect(await stage.inMachine('curl -s -o /dev/null -w "%{http_code}" http://127.0.0.1:84/credentials')).toBe('403');
    expect(await stage.inMachine('stat -c "%a %U" /run/paddock/media-token')).toMatch(/^400 root/);
    const handed = await stage.inMachine('. /run/paddock/a.env; curl -s -H "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" $AWS_CONTAINER_CREDENTIALS_FULL_URI');
    expect(Object.keys(JSON.parse(handed) as object).sort()).toEqual(['AccessKeyId', 'Expiration', 'SecretAccessKey', 'Token']);
    expect(await asApp('curl -s -m 3 -o /dev/null -w "%{http_code}" http://127.0.0.1:84/credentials')).toBe('403');
  });

  test('are reached while the agent is started anew, and no visitor notices', async () => {
    const watch = new Watch(new URL('files/cat.txt', url).href);
    await stage.inMachine('systemctl kill -s KILL paddock-agent.service');
    await eventually(30, () => stage.inMachine('systemctl is-active paddock-agent.service'), (said) => said.startsWith('active'));
    const seen = await watch.end();
    expect(seen.failures).toEqual([]);
    expect(Object.keys(seen.answers)).toEqual(['meow']);
  });

  test('can be brought back when they were replaced or deleted', async () => {
    await put('cat.txt', 'purr');
    expect(await (await fetch(new URL('files/cat.txt', url), { method: 'DELETE' })).text()).toBe('gone');
    expect(await list()).toEqual(['large.txt']);
    const bucket = await stage.parameter('/paddock/media/bucket');
    const versions = await (await stage.s3(`/${bucket}?versions&prefix=cat.txt`)).text();
    expect([...versions.matchAll(/<Version>/g)]).toHaveLength(2);
    expect(await put('cat.txt', 'meow')).toBe('kept');
  });

  test('outlive the machine, and the stack of the application', async () => {
    const dead = await machine();
    await stage.run('kill', dead.id);
    await eventually(90, machine, (now) => now !== undefined && now.id !== dead.id);
    await eventually(90, () => get('cat.txt'), (body) => body === 'meow');
    await api().query('cloudformation', 'DeleteStack', { StackName: 'single-node' });
    await eventually(120, () => stage.inventory(), ({ machines, url: left }) => left === null && machines.length === 0);
    url = await deploy('single-node', 'v1');
    expect(await get('cat.txt')).toBe('meow');
  });

  test('are the same for servers behind a balancer', async () => {
    const fleet = await deploy('split-tier', 'v1', '-c', 'balancer=alb');
    await eventually(30, () => get('cat.txt', fleet), (body) => body === 'meow');
  });

  test('are no reason to serve a release that cannot reach them', async () => {
    await stage.call('ssm', 'AmazonSSM.DeleteParameter', { Name: '/paddock/single-node/media-role' });
    const { code, text } = await stage.run('deploy', 'single-node', '-c', `application=${folder('v2')}`, ...SETTINGS);
    expect(code).toBe(1);
    expect(text).toMatch(/media: the role that parameter \/paddock\/single-node\/media-role names must be there for the machine to take on, got ParameterNotFound/);
    expect(await get('cat.txt')).toBe('meow');
  });
});
