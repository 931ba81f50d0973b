import { afterAll, beforeAll, expect, test } from 'vitest';
import { ARegion } from './fixtures/region/a-region.js';

let region: ARegion;
beforeAll(async () => { region = await ARegion.start(); });
afterAll(() => region?.stop());

/** What a machine asks a service of AWS under its own name. */
async function ask(service: string, target: string, body: object) {
  const headers = {
    'authorization': `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target,
  };
  return JSON.parse((await region.overTls(`${service}.us-east-1.amazonaws.com`, '/', headers, JSON.stringify(body))).toString());
}

test('a machine reads a secret parameter in clear when it asks for that, and hears by name of one that is missing', async () => {
  const parameter = { Name: '/shop/api-key' };
  await ask('ssm', 'AmazonSSM.PutParameter', { ...parameter, Type: 'SecureString', Value: 'open sesame' });
  expect(await ask('ssm', 'AmazonSSM.GetParameter', { ...parameter, WithDecryption: true })).toMatchObject({ Parameter: { Type: 'SecureString', Value: 'open sesame' } });
  expect((await ask('ssm', 'AmazonSSM.GetParameter', parameter)).Parameter.Value).not.toBe('open sesame');
  expect(await ask('ssm', 'AmazonSSM.GetParameter', { Name: '/shop/none', WithDecryption: true })).toMatchObject({ __type: 'ParameterNotFound' });
});

test('a machine reads a secret of Secrets Manager, its new value once it is rotated, and hears of one that is missing', async () => {
  const secret = { SecretId: 'shop/api-key' };
  await ask('secretsmanager', 'secretsmanager.CreateSecret', { Name: secret.SecretId, SecretString: '{"key":"first"}' });
  expect(await ask('secretsmanager', 'secretsmanager.GetSecretValue', secret)).toMatchObject({ SecretString: '{"key":"first"}' });
  await ask('secretsmanager', 'secretsmanager.PutSecretValue', { ...secret, SecretString: '{"key":"rotated"}' });
  expect(await ask('secretsmanager', 'secretsmanager.GetSecretValue', secret)).toMatchObject({ SecretString: '{"key":"rotated"}' });
  expect(await ask('secretsmanager', 'secretsmanager.GetSecretValue', { SecretId: 'shop/none' })).toMatchObject({ __type: 'ResourceNotFoundException' });
});
