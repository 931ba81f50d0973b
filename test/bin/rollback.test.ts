import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourceStatus } from '@aws-sdk/client-cloudformation';
import { Template } from 'aws-cdk-lib/assertions';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { choose } from '../../bin/rollback.js';
import { parseTemplate, type StackTemplate, withRelease } from '../../bin/stack-template.js';
import { updatesTakenBack, withoutFailed } from '../../bin/taken-back.js';
import type { KeptRelease } from '../../app-runtime/kept-releases.js';
import { SingleNodeStack } from '../../lib/index.js';
import { refusal } from '../lib/application.js';
import { app } from '../lib/templates.js';

/** The image as the context lookup would have pinned it. */
const context = { 'ssm:account=123456789012:parameterName=/aws/service/debian/release/13/latest/amd64:region=eu-central-1': 'ami-0123456789abcdef0' };
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const BUCKET = 'cdk-hnb659fds-assets-123456789012-eu-central-1';
const release = (name: string, bucket = BUCKET): KeptRelease =>
  ({ bucket, key: `${sha256(`archive of ${name}`)}.gz`, digest: sha256(name), served: '2026-11-24T23:14:47.057Z', migrations: [], secrets: [] });
const [one, two, three, four] = [release('one'), release('two'), release('three'), release('four')];
const STACK = 'arn:aws:cloudformation:eu-central-1:123456789012:stack/split-tier/2340522f';

/** The template that was reviewed, with a release and an agent in it. */
function templateOf({ key, digest }: KeptRelease): StackTemplate {
  const golden = readFileSync(join(import.meta.dirname, '../golden/template/single-node.json'), 'utf8');
  const text = golden.replaceAll('Release<digest>', `Release${digest.slice(0, 12)}`).replaceAll('<digest>.gz', key)
    .replace(/(<digest>)(\\",\\"signal)/, `${digest}$2`).replaceAll('<digest>', sha256('agent')).replaceAll('<machine>', '0123456789ab');
  return JSON.parse(text) as StackTemplate;
}

/** The same of a stack for any account: CloudFormation fills in the bucket. */
function templateForAnyAccount(of: KeptRelease): StackTemplate {
  const template = structuredClone(templateOf(of)) as any;
  const [before, after] = pointerText(template).split(BUCKET);
  const bucket = { 'Fn::Sub': 'cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}' };
  parameterOf(template).Properties.Value = { 'Fn::Join': ['', [before, bucket, after]] };
  return template as StackTemplate;
}

const parameterOf = (template: StackTemplate) => Object.values(template.Resources).find(({ Properties }) => Properties?.['Name'] === '/paddock/single-node/release') as any;
const pointerText = (template: StackTemplate): string => {
  const value = parameterOf(template).Properties.Value as string | { 'Fn::Join': [string, unknown[]] };
  return typeof value === 'string' ? value : value['Fn::Join'][1].map((piece) => (typeof piece === 'string' ? piece : 'whichever')).join('');
};
const pointer = (template: StackTemplate) => JSON.parse(pointerText(template)) as Record<string, unknown>;
const back = (template: StackTemplate, from: KeptRelease, to: KeptRelease, accepted = false) => withRelease('single-node', template, from, to, accepted);

describe('the release before', () => {
  const served = (of: KeptRelease, at: string) => ({ ...of, served: `2026-11-24T${at}Z` });
  const event = (status: ResourceStatus, at: string, of = STACK) => ({ StackId: STACK, PhysicalResourceId: of, ResourceStatus: status, Timestamp: new Date(`2026-11-24T${at}Z`) });
  /** Newest first: an update that went well, then one that was taken back. */
  const failed = (begins: string, turns: string, ends: string) => [event('UPDATE_ROLLBACK_COMPLETE', ends), event('UPDATE_IN_PROGRESS', turns, 'its-group'), event('UPDATE_ROLLBACK_IN_PROGRESS', turns), event('UPDATE_IN_PROGRESS', begins)];
  const went = (begins: string, ends: string) => [event('UPDATE_COMPLETE', ends), event('UPDATE_IN_PROGRESS', begins)];
  const before = (kept: readonly KeptRelease[], events: ReturnType<typeof event>[]) => choose(withoutFailed(kept, updatesTakenBack(events))).digest;

  test('is none that failed in front of visitors and was taken back', () => {
    const kept = [served(two, '12:05:00'), served(three, '12:02:00'), served(one, '09:00:00')];
    expect(before(kept, failed('12:00:00', '12:04:00', '12:06:00'))).toBe(one.digest);
    expect(before(kept, went('12:00:00', '12:06:00'))).toBe(three.digest);
  });

  test('is none of two that failed one after the other', () => {
    const kept = [served(two, '13:05:00'), served(three, '13:02:00'), served(four, '12:02:00'), served(one, '09:00:00')];
    expect(before(kept, [...failed('13:00:00', '13:04:00', '13:06:00'), ...failed('12:00:00', '12:04:00', '12:06:00')])).toBe(one.digest);
  });

  test('is the one that came back from a failure, once another has taken its place', () => {
    const kept = [served(four, '14:01:00'), served(one, '12:05:00'), served(three, '12:02:00')];
    expect(before(kept, [...went('14:00:00', '14:02:00'), ...failed('12:00:00', '12:04:00', '12:06:00')])).toBe(one.digest);
  });
});

describe('a template with another release in it', () => {
  test('is the one that a deploy of that release would make, down to the order of its parts', () => {
    expect(JSON.stringify(back(templateOf(two), two, one))).toBe(JSON.stringify(templateOf(one)));
    expect(JSON.stringify(back(templateForAnyAccount(two), two, one))).toBe(JSON.stringify(templateForAnyAccount(one)));
  });

  test.each([['for one account', { account: '123456789012', region: 'eu-central-1' }], ['for any account', undefined]])('and of a stack %s the CDK itself makes that one', (_, env) => {
    const [plain, greeting] = ([{}, { GREETING: 'hello' }] as Record<string, string>[]).map((environment) =>
      Template.fromStack(new SingleNodeStack(app(context), 'single-node', { application: 'examples/wsgi', environment, ...(env && { env }) })).toJSON() as StackTemplate);
    const [from, to] = [greeting!, plain!].map((template) => ({ ...pointer(template), bucket: 'whichever', served: '', migrations: [], secrets: [] }) as unknown as KeptRelease);
    expect(from!.digest).not.toBe(to!.digest);
    expect(JSON.stringify(back(greeting!, from!, to!))).toBe(JSON.stringify(plain));
  });

  test('forth and back is as it was, for whichever releases', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => {
      const [from, to] = [release(`a ${a}`), release(`b ${b}`)];
      for (const template of [templateOf(from), templateForAnyAccount(from)]) {
        expect(JSON.stringify(back(back(template, from, to), to, from))).toBe(JSON.stringify(template));
      }
    }), { numRuns: 20 });
  });

  test('waits for that release, lets the machine read its archive, and leaves the machine itself alone', () => {
    const [before, after] = [templateOf(two), back(templateOf(two), two, one)];
    const condition = (of: StackTemplate) => Object.entries(of.Resources).filter(([, { Type }]) => Type === 'AWS::CloudFormation::WaitCondition').map(([id]) => id);
    expect(condition(after)).toEqual([`Release${one.digest.slice(0, 12)}`]);
    expect(pointer(after)).toEqual({ ...pointer(before), key: one.key, digest: one.digest, signal: condition(after)[0] });
    const others = (of: StackTemplate) => Object.entries(of.Resources).filter(([, { Type }]) => !/WaitCondition|SSM::Parameter|IAM::Policy/.test(Type));
    expect(others(after)).toEqual(others(before));
    const policies = (of: StackTemplate) => JSON.stringify(Object.values(of.Resources).filter(({ Type }) => Type === 'AWS::IAM::Policy'));
    expect(policies(after)).toBe(policies(before).replaceAll(two.key, one.key));
    expect(JSON.stringify(after)).not.toContain(two.digest.slice(0, 12));
  });

  test('accepts migrations that the release cannot live with for that one time, and only when asked', () => {
    const accepted = back(templateOf(two), two, one, true);
    expect(pointer(accepted)['acceptIncompatibleMigrations']).toBe(true);
    expect(JSON.stringify(back(accepted, one, two))).toBe(JSON.stringify(templateOf(two)));
  });

  test('is refused in one line where the stack is not what the machine tells of', () => {
    const { [Object.keys(templateOf(two).Resources).find((id) => id.startsWith('LiveParameter'))!]: _, ...Resources } = templateOf(two).Resources;
    expect(refusal(() => back({ Resources }, two, one))).toBe(
      'rollback: the stack\'s template must hold the parameter /paddock/single-node/release, got none; deploy it with this version of Paddock first');
    expect(refusal(() => back(templateOf(three), two, one))).toMatch(/^rollback: the stack must point to the release that serves \([0-9a-f]{12}\), got [0-9a-f]{12}; deploy its sources instead$/);
    expect(refusal(() => back(templateOf(two), two, release('one', 'another-bucket')))).toBe(`rollback: the release must lie in the bucket ${BUCKET}, got another-bucket; deploy its sources instead`);
    expect(refusal(() => parseTemplate('Resources:\n  Group: {}'))).toBe('rollback: the stack\'s template must be JSON, got Resources:   Group: {}; deploy the release\'s sources instead');
  });
});

describe('the release that comes back', () => {
  const kept = [three, two, one];
  const names = kept.map(({ digest }) => digest.slice(0, 12)).join(', ');

  test('is the one that served before, or the one that is named by its digest or the start of it', () => {
    expect(choose(kept)).toBe(two);
    expect(choose(kept, one.digest)).toBe(one);
    expect(choose(kept, one.digest.slice(0, 4))).toBe(one);
  });

  test('is refused in one line when the machine keeps it no more', () => {
    expect(refusal(() => choose(kept, 'ffff'))).toBe(`rollback: the release must be one that the machine keeps (${names}), got ffff; deploy its sources instead`);
    expect(refusal(() => choose(kept, ''))).toMatch(/got ""; deploy its sources instead$/);
    expect(refusal(() => choose([one]))).toBe(`rollback: the machine must keep a release before the one that serves, got ${one.digest.slice(0, 12)} alone; deploy its sources instead`);
  });

  test('is refused when it serves already, or when its name is another\'s too', () => {
    expect(refusal(() => choose(kept, three.digest.slice(0, 12)))).toMatch(/^rollback: the release must be another than the one that serves \(.*\), got [0-9a-f]{12}; choose another$/);
    const twin = { ...one, digest: `${two.digest.slice(0, 20)}${one.digest.slice(20)}` };
    expect(refusal(() => choose([three, two, twin], two.digest.slice(0, 8)))).toMatch(/^rollback: the digest must begin one release alone, got [0-9a-f]{8}, which begins [0-9a-f]{12} and [0-9a-f]{12}; give more of it$/);
  });
});
