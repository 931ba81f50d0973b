import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudFormationClient, CreateStackCommand, DescribeStackResourceCommand, DescribeStacksCommand, SignalResourceCommand, waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { keptParameterOf, type KeptRelease, packKept } from '../../app-runtime/kept-releases.js';
import { lastWordsParameterOf, pack } from '../../app-runtime/last-words.js';
import { rollback, type RollbackOptions } from '../../bin/rollback.js';
import { ARegion } from './fixtures/region/a-region.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const release = (name: string, migrations: string[] = [], secrets: string[] = []): KeptRelease => ({ bucket: 'releases', key: `${sha256(name)}.gz`, digest: sha256(`digest of ${name}`), served: '2026-11-24T23:14:47.057Z', migrations, secrets });
const [one, two] = [release('one'), release('two', ['entries.0002_colour'])];
const signalOf = ({ digest }: KeptRelease) => `Release${digest.slice(0, 12)}`;
const short = ({ digest }: KeptRelease) => digest.slice(0, 12);

/** A stack of the parts that concern a release, and of what must be let alone. */
const template = (stack: string, { bucket, key, digest }: KeptRelease, ballast: string) => JSON.stringify({
  Parameters: { Size: { Type: 'String' }, Image: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/aws/service/debian/release/13/latest/amd64' } },
  Resources: {
    Machine: { Type: 'AWS::SSM::Parameter', Properties: { Name: `/${stack}/machine`, Type: 'String', Value: { Ref: 'Size' } } },
    Live: { Type: 'AWS::SSM::Parameter', Properties: { Name: `/paddock/${stack}/release`, Type: 'String', Value: JSON.stringify({ bucket, key, digest, signal: `Release${digest.slice(0, 12)}`, machine: '0123456789ab' }) } },
    [`Release${digest.slice(0, 12)}`]: { Type: 'AWS::CloudFormation::WaitCondition', DependsOn: ['Live'], CreationPolicy: { ResourceSignal: { Count: 1, Timeout: 'PT1M' } } },
  },
  Metadata: { ballast },
});

let region: ARegion;
let cloudFormation: CloudFormationClient;
let ssm: SSMClient;
const said: string[] = [];

beforeAll(async () => {
  region = await ARegion.start();
  const client = { endpoint: region.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  [cloudFormation, ssm] = [new CloudFormationClient(client), new SSMClient(client)];
  await deploy('shop', two);
});
afterAll(() => region?.stop());
beforeEach(() => {
  said.length = 0;
  for (const where of ['log', 'error'] as const) vi.spyOn(console, where).mockImplementation((line: string) => { said.push(line); });
  return () => { vi.restoreAllMocks(); };
});

async function deploy(StackName: string, live: KeptRelease, ballast = ''): Promise<void> {
  await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody: template(StackName, live, ballast), Parameters: [{ ParameterKey: 'Size', ParameterValue: 'large' }] }));
  await serve(live, 'SUCCESS', StackName);
  await waitUntilStackCreateComplete({ client: cloudFormation, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { StackName });
}

/** What a machine says when it serves a release, or cannot; as soon as somebody listens. */
async function serve(live: KeptRelease, Status: 'SUCCESS' | 'FAILURE', StackName = 'shop'): Promise<void> {
  const UniqueId = Status === 'SUCCESS' ? 'i-0f0d98dd23e2cbd90' : 'i-0f0d98dd23e2cbd90:migrations';
  for (const until = Date.now() + 20_000; ; await sleep(100)) {
    const heard = await cloudFormation.send(new SignalResourceCommand({ StackName, LogicalResourceId: signalOf(live), UniqueId, Status })).then(() => true, () => false);
    if (heard) return;
    if (Date.now() > until) throw new Error(`nobody waits for ${signalOf(live)}`);
  }
}

const put = (Name: string, Value: string) => ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', Overwrite: true }));
const keep = (...releases: KeptRelease[]) => put(keptParameterOf('shop'), packKept({ instance: 'i-0f0d98dd23e2cbd90', releases }));
const parameter = async (Name: string) => (await ssm.send(new GetParameterCommand({ Name }))).Parameter!.Value!;
const live = async () => JSON.parse(await parameter('/paddock/shop/release')) as KeptRelease & { acceptIncompatibleMigrations?: boolean };
const status = async () => (await cloudFormation.send(new DescribeStacksCommand({ StackName: 'shop' }))).Stacks![0]!.StackStatus;
const condition = async (of: KeptRelease) => (await cloudFormation.send(new DescribeStackResourceCommand({ StackName: 'shop', LogicalResourceId: signalOf(of) }))).StackResourceDetail!.ResourceStatus;
const unknown = (of: KeptRelease) => expect(condition(of)).rejects.toMatchObject({ name: 'ValidationError', message: `Resource ${signalOf(of)} does not exist for stack shop` });
const back = (options: RollbackOptions = {}, deployment = 'shop') => rollback(deployment, { cloudFormation, ssm, wholeLog: () => 'see its journal' }, options);
const refused = async (options: RollbackOptions = {}, deployment = 'shop') => back(options, deployment).then(() => 'it was not', (error: Error) => error.message);

describe('a rollback is refused in one line and changes nothing', () => {
  test('when no machine keeps a release, or the release, or where nothing is deployed', async () => {
    expect(await refused()).toBe('rollback: the machine must keep a release before the one that serves, got none; deploy its sources instead');
    await keep(two, one);
    expect(await refused({ to: 'f'.repeat(12) })).toBe(`rollback: the release must be one that the machine keeps (${short(two)}, ${short(one)}), got ${'f'.repeat(12)}; deploy its sources instead`);
    await put(keptParameterOf('elsewhere'), packKept({ instance: 'i-1', releases: [two, one] }));
    expect(await refused({}, 'elsewhere')).toBe('rollback: the stack elsewhere must be deployed, got none; deploy it first');
    expect([await status(), (await live()).digest]).toEqual(['CREATE_COMPLETE', two.digest]);
  });

  test('when the release needs a secret that the machine may no longer read', async () => {
    await keep(two, release('one', [], ['/shop/api-key', '/shop/dsn']));
    expect(await refused()).toBe('rollback: the release must need no secret but those of the one that serves, got /shop/api-key, /shop/dsn; deploy its sources instead');
    await keep(two, one);
  });

  test('when its template is too large for the call, and the bucket does not take it', async () => {
    await deploy('large', two, 'x'.repeat(60_000));
    await put(keptParameterOf('large'), packKept({ instance: 'i-1', releases: [two, one] }));
    expect(await refused({}, 'large')).toBe(
      'rollback: the bucket releases must take the stack\'s template, got 404 of S3; allow your credentials s3:PutObject on releases/*, or deploy the release\'s sources instead');
  });
});

describe('a rollback', () => {
  test('of a template that is too large for the call goes by way of the bucket of the release', async () => {
    await deploy('wide', two, 'x'.repeat(60_000));
    await put(keptParameterOf('wide'), packKept({ instance: 'i-1', releases: [two, one] }));
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0' };
    expect((await fetch(`${region.endpoint}/releases`, { method: 'PUT', headers })).status).toBe(200);
    const going = back({}, 'wide');
    await serve(one, 'SUCCESS', 'wide');
    expect(await going).toBe(0);
    expect(JSON.parse(await parameter('/paddock/wide/release'))).toMatchObject({ digest: one.digest, signal: signalOf(one) });
    expect(await (await fetch(`${region.endpoint}/releases?list-type=2`, { headers })).text()).toMatch(/<Key>[0-9a-f]{64}\.json<\/Key>/);
  });

  test('puts the release before back, keeps what else the stack was told, and says what serves', async () => {
    const going = back();
    await vi.waitFor(async () => expect(await condition(one)).toBe('CREATE_IN_PROGRESS'), 10_000);
    expect(await condition(two)).toBe('CREATE_COMPLETE');
    expect(await refused()).toMatch(/^rollback: the stack shop must be at rest, got UPDATE_IN_PROGRESS; wait until it is, and say it again$/);
    await serve(one, 'SUCCESS');
    expect(await going).toBe(0);
    expect(await status()).toBe('UPDATE_COMPLETE');
    expect(await live()).toEqual({ bucket: 'releases', key: one.key, digest: one.digest, signal: signalOf(one), machine: '0123456789ab' });
    expect(await parameter('/shop/machine')).toBe('large');
    expect(await condition(one)).toBe('CREATE_COMPLETE');
    await unknown(two);
    expect(said.slice(0, 2)).toEqual([`shop: release ${short(two)} goes, ${short(one)} comes back`, 'shop: these migrations stay made: entries.0002_colour']);
    expect(said).toContain(`  ${signalOf(one)} CREATE_IN_PROGRESS: Received SUCCESS signal with UniqueId i-0f0d98dd23e2cbd90`);
    expect(said.at(-1)).toBe(`shop: release ${short(one)} serves again`);
  });

  test('that the machine refuses leaves the stack as it was, and ends with why', async () => {
    await keep(one, two);
    const going = back({ to: short(two), acceptIncompatibleMigrations: true });
    await vi.waitFor(async () => expect((await live()).acceptIncompatibleMigrations).toBe(true), 10_000);
    await put(lastWordsParameterOf('shop'), pack({
      instance: 'i-0f0d98dd23e2cbd90', at: '2026-11-25T00:00:00.000Z', release: two.digest, step: 'migrations', error: 'migrations: they must suit', serves: `release ${short(one)}`, log: [],
    }));
    await serve(two, 'FAILURE');
    expect(await going).toBe(1);
    expect(await status()).toBe('UPDATE_ROLLBACK_COMPLETE');
    expect(await live()).toEqual({ bucket: 'releases', key: one.key, digest: one.digest, signal: signalOf(one), machine: '0123456789ab' });
    expect(await condition(one)).toBe('CREATE_COMPLETE');
    await unknown(two);
    expect(said.at(-1)).toMatch(/^shop: i-0f0d98dd23e2cbd90 .*at step migrations/);
    expect(said.at(-1)).toContain(`what serves: release ${short(one)}`);
    expect(said.at(-1)).toContain('see its journal');
  });

  test('of which no machine says anything ends with how the stack ended', async () => {
    const going = back();
    await serve(two, 'FAILURE');
    expect(await going).toBe(1);
    expect(said.at(-1)).toBe(`shop: release ${short(two)} must serve, got UPDATE_ROLLBACK_COMPLETE and no word of the machine; see the events above`);
  });
});
