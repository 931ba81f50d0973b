import { Lazy } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { checkReleaseSettings } from '../../app-runtime/release-settings.js';
import type { Check } from '../../app-runtime/settings.js';
import { deploymentFrom, type DeploymentProps } from '../../lib/deployment.js';
import { Secret } from '../../lib/secret.js';
import { timeouts } from '../../lib/timeouts.js';

const from = (props: Partial<DeploymentProps>) => deploymentFrom('shop', { application: '.', ...props });

test('a deployment needs nothing but its application', () => {
  const { releaseSettings, instanceType, proxy, database, media, ...rest } = from({});
  expect([proxy.chosen, database.chosen, media.chosen]).toEqual(['nginx', 'none', 'none']);
  expect(rest).toEqual({ architecture: 'x86_64', gateway: '', acceptIncompatibleMigrations: false });
  expect(instanceType.toString()).toBe('t3.small');
  expect(releaseSettings).toEqual({
    domains: [], maxBodyBytes: 10 * 1024 * 1024, timeouts: timeouts(30), readinessPath: '/', environment: {}, secrets: {}, watchSecrets: false, startSeconds: 60, bakeSeconds: 30,
  });
});

test('what a person decides is what a machine accepts', () => {
  const told = {
    domains: ['shop.example.com'], environment: { GREETING: 'hello' }, watchSecrets: true, bakeTime: 600, requestBudget: 20,
    secrets: { API_KEY: Secret.parameter('/shop/api-key'), STRIPE: Secret.secretsManager('shop/stripe', 'key'), TOKEN: Secret.secretsManager('token') },
  };
  const { releaseSettings, releaseCommand } = from({ ...told, releaseCommand: 'flask db upgrade' });
  expect(releaseCommand).toBe('flask db upgrade');
  expect(releaseSettings).toMatchObject({
    domains: ['shop.example.com'], environment: { GREETING: 'hello' }, watchSecrets: true, bakeSeconds: 600,
    secrets: { API_KEY: { parameter: '/shop/api-key' }, STRIPE: { secret: 'shop/stripe', field: 'key' }, TOKEN: { secret: 'token' } },
  });
  const check: Check = (name, holds, must) => expect(holds, `${name} must be ${must}`).toBe(true);
  checkReleaseSettings(check, releaseSettings);
});

test("an empty release command leaves it to the Procfile", () => {
  expect(from({ releaseCommand: '' })).not.toHaveProperty('releaseCommand');
});

test('Graviton is one prop', () => {
  expect(from({ instanceType: 't4g.small' }).architecture).toBe('arm64');
  expect(from({ instanceType: 'c7gn.xlarge' }).architecture).toBe('arm64');
  expect(from({ instanceType: 'm7i.large' }).architecture).toBe('x86_64');
});

test.each<[string, Partial<DeploymentProps>, string]>([
  ['a proxy by its bare name', { proxy: 'apache' as never }, 'shop: proxy must be one of nginx, apache, got apache; choose one in the settings page, as in proxy: paddock.Proxy.nginx()'],
  ['a domain with a path', { domains: ['shop.example.com/x'] }, 'shop: domain must be a host name such as shop.example.com, got shop.example.com/x; correct it in the settings page'],
  ['a domain that carries a directive', { domains: ['a.example; return 200'] }, 'shop: domain must be a host name'],
  ['a domain over two lines', { domains: ['a.example\nb'] }, 'shop: domain must be a host name'],
  ['a size that EC2 does not have', { instanceType: 'huge' }, 'shop: instanceType must be an EC2 instance type such as t3.small, got huge; see the list of EC2 instance types'],
  ['a size before the Nitro system', { instanceType: 't2.micro' }, 'shop: instanceType must be of the Nitro system, got t2.micro; choose a newer one such as t3.small'],
  ['a variable that is Paddock\'s own', { environment: { SECRET_KEY: 'x' } }, 'shop: environment.SECRET_KEY must be left to Paddock, got a value of your own; see the README for what it holds'],
  ['a secret variable that is Paddock\'s own', { secrets: { SECRET_KEY: Secret.parameter('/x') } }, 'shop: secrets.SECRET_KEY must be left to Paddock, got a value of your own; see the README for what it holds'],
  ['a variable that is both plain and secret', { environment: { A: 'x' }, secrets: { A: Secret.parameter('/a') } }, 'shop: A must be either plain or a secret, got both; remove it from environment or from secrets'],
  ['a secret variable with a dash', { secrets: { 'API-KEY': Secret.parameter('/a') } }, 'shop: secrets name "API-KEY" must be letters, digits and underscores, got API-KEY; correct it in the settings page'],
  ['a parameter without its path', { secrets: { A: Secret.parameter('api-key') } }, 'shop: secrets.A in Parameter Store must be the full name of a parameter, such as /shop/api-key, got api-key; correct it in the settings page'],
  ['a secret by its ARN', { secrets: { A: Secret.secretsManager('arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop-a1B2c3') } }, 'shop: secrets.A in Secrets Manager must be the name of a secret, such as shop/api-key, got arn:aws:'],
  ['a field of no name', { secrets: { A: Secret.secretsManager('shop', '') } }, 'shop: the field of secrets.A must be a name in the secret\'s JSON, got ""; correct it in the settings page'],
  ['a secret in place of its name', { secrets: { A: 'sk_live_51' as never } }, "shop: secrets.A must be Secret.parameter('/…') or Secret.secretsManager('…'), got text; name where it lies; its value stays there"],
  ['a value that only the deploy knows', { environment: { TABLE: Lazy.string({ produce: () => 'x' }) } }, 'shop: environment.TABLE must be known when the release is built, got a value that only the deploy knows; put it into a parameter (new StringParameter) and name that in secrets'],
  ['a secret\'s name that only the deploy knows', { secrets: { A: Secret.parameter(Lazy.string({ produce: () => 'x' })) } }, 'shop: secrets.A in Parameter Store must be known before the deploy, got a value that only the deploy knows; write it down in the settings page'],
  ['a number in the environment', { environment: { PORT: 8080 as never } }, 'shop: environment.PORT must be text, got 8080; put it between quotes'],
  ['a start time of nothing', { startTime: 0 }, 'shop: startTime must be whole seconds from 1 to 300, got 0; choose one in that range'],
  ['a bake time below zero', { bakeTime: -1 }, 'shop: bakeTime must be whole seconds from 0 to 600, got -1; choose one in that range'],
  ['a bake time of an hour', { bakeTime: 3600 }, 'shop: bakeTime must be whole seconds from 0 to 600, got 3600; choose one in that range'],
  ['a bake time that leaves no time to drain', { bakeTime: 600, requestBudget: 60 }, 'shop: bakeTime, twice the startTime and twice the requestBudget must fit into 770 s of the 15 minutes that a deploy waits, got 600 + 2 × 60 + 2 × 60; lower one of them'],
  ['a release command over two lines', { releaseCommand: 'a\nb' }, 'shop: releaseCommand must be one line of text, got a b; correct it in the settings page'],
  ['a flag that is text', { watchSecrets: 'no' as never }, 'shop: watchSecrets must be true or false, got no; correct it in the settings page'],
  ['a consent that is text', { acceptIncompatibleMigrations: 'yes' as never }, 'shop: acceptIncompatibleMigrations must be true or false, got yes; correct it in the settings page'],
  ['a readiness path that is no path', { readinessPath: 'health' }, 'shop: readinessPath must be a path that starts with a slash'],
  ['a readiness path that ends a directive', { readinessPath: '/;}' }, 'shop: readinessPath must be a path'],
  ['an upload limit of nothing', { maxBodyMiB: 0 }, 'shop: maxBodyMiB must be whole MiB from 1 to 5120, got 0; send larger files to S3 by a signed URL'],
  ['an environment name with a space', { environment: { 'A B': '1' } }, 'shop: environment name "A B" must be letters, digits and underscores'],
  ['an environment value over two lines', { environment: { A: '1\nB=2' } }, 'shop: environment.A must be text without line breaks or control characters'],
])('%s is refused in one line', (_, props, message) => {
  expect(() => from(props)).toThrow(message);
  try { from(props); } catch (error) { expect((error as Error).message).not.toContain('\n'); }
});

test('a stack id that could not name a machine is refused', () => {
  expect(() => deploymentFrom('Shop!', { application: '.' })).toThrow('Shop!: the stack id must be lower case letters, digits and dashes, 32 at most');
});
