import { expect, test } from 'vitest';
import { deploymentFrom, type DeploymentProps } from '../../lib/deployment.js';

const from = (props: Partial<DeploymentProps>) => deploymentFrom('shop', { application: '.', ...props });

test('a deployment needs nothing but its application', () => {
  expect(from({})).toMatchObject({ domains: [], architecture: 'x86_64', readinessPath: '/', maxBodyBytes: 10 * 1024 * 1024, timeouts: { requestBudget: 30 } });
});

test('Graviton is one prop', () => {
  expect(from({ instanceType: 't4g.small' }).architecture).toBe('arm64');
  expect(from({ instanceType: 'c7gn.xlarge' }).architecture).toBe('arm64');
  expect(from({ instanceType: 'm7i.large' }).architecture).toBe('x86_64');
});

test.each<[string, Partial<DeploymentProps>, string]>([
  ['a domain with a path', { domains: ['shop.example.com/x'] }, 'shop: domain must be a host name such as shop.example.com, got shop.example.com/x; correct it in the settings page'],
  ['a domain that carries a directive', { domains: ['a.example; return 200'] }, 'shop: domain must be a host name'],
  ['a domain over two lines', { domains: ['a.example\nb'] }, 'shop: domain must be a host name'],
  ['a size that EC2 does not have', { instanceType: 'huge' }, 'shop: instanceType must be an EC2 instance type such as t3.small, got huge; see the list of EC2 instance types'],
  ['a size before the Nitro system', { instanceType: 't2.micro' }, 'shop: instanceType must be of the Nitro system, got t2.micro; choose a newer one such as t3.small'],
  ['a variable that is Paddock\'s own', { environment: { SECRET_KEY: 'x' } }, 'shop: environment.SECRET_KEY must be left to Paddock, got x; see the README for what it holds'],
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
