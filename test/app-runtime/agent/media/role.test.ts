import { expect, test } from 'vitest';
import { type Aws, AwsError } from '../../../../app-runtime/agent/aws/aws.js';
import { proveMedia, takeOnMediaRole } from '../../../../app-runtime/agent/media/role.js';

const ROLE = 'arn:aws:iam::123456789012:role/single-node-MediaRole';
/** As STS answers. */
const ANSWER = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>
<SecretAccessKey>a/b+c=</SecretAccessKey><SessionToken>token//==</SessionToken><Expiration>2026-11-28T12:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`;
let asked: unknown[] = [];
const aws = (given: { parameter?: Error; answer?: string | Error }) => ({
  ssm: async (...words: unknown[]) => {
    asked.push(words);
    if (given.parameter) throw given.parameter;
    return { Parameter: { Value: ROLE } };
  },
  query: async (...words: unknown[]) => {
    asked.push(words);
    if (given.answer instanceof Error) throw given.answer;
    return given.answer ?? ANSWER;
  },
}) as unknown as Aws;

test('the role that the deployment names is taken on in the machine\'s name, for an hour', async () => {
  asked = [];
  expect(await takeOnMediaRole(aws({}), 'shop', 'i-0a')).toEqual({ accessKeyId: 'ASIA1', secretAccessKey: 'a/b+c=', sessionToken: 'token//==', expires: Date.parse('2026-11-28T12:00:00Z') });
  expect(asked).toEqual([
    ['GetParameter', { Name: '/paddock/shop/media-role' }],
    ['sts', 'AssumeRole', '2011-06-15', { RoleArn: ROLE, RoleSessionName: 'i-0a', DurationSeconds: '3600' }],
  ]);
});

test.each([
  ['is not there', { parameter: new AwsError(400, 'ParameterNotFound', '') }, 'ParameterNotFound'],
  ['may not be taken on', { answer: new AwsError(403, 'AccessDenied', '') }, 'AccessDenied'],
  ['gives no credentials', { answer: '<AssumeRoleResponse/>' }, 'an answer without AccessKeyId'],
])('a role that %s fails the release by its name', async (_, given, reason) => {
  await expect(takeOnMediaRole(aws(given), 'shop', 'i-0a')).rejects
    .toThrow(`media: the role that parameter /paddock/shop/media-role names must be there for the machine to take on, got ${reason}; deploy with media: paddock.Media.bucket()`);
});

test('a release without media asks for nothing', async () => {
  asked = [];
  const without = { manifest: { settings: {} }, settings: { deployment: 'shop' }, facts: { instanceId: 'i-0a' } } as unknown as Parameters<typeof proveMedia>[1];
  await proveMedia(aws({ parameter: new Error('asked') }), without);
  expect(asked).toEqual([]);
});
