import { App } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { overruled } from '../../lib/context.js';

const page = { application: 'site', budget: 30, domains: ['a.example'] as string[] };
const given = (context: Record<string, string>) => overruled(new App({ context }), page);

test('the page stands where nothing is given', () => {
  expect(given({})).toEqual(page);
});

test('-c overrules a setting, in the type of the page', () => {
  expect(given({ application: 'other', budget: '5', domains: 'b.example,c.example' })).toEqual({ application: 'other', budget: 5, domains: ['b.example', 'c.example'] });
});

test('a name that the page does not have is refused with the names that it has', () => {
  expect(() => given({ aplication: 'x' })).toThrow('-c: the name must be one of application, budget, domains, got aplication; see the settings page, bin/paddock.ts');
});

test('a number that is none is refused', () => {
  expect(() => given({ budget: 'soon' })).toThrow('-c: budget must be a whole number, got soon; give one, as in -c budget=30');
});

test("the CDK's own context is let through", () => {
  expect(given({ 'ssm:account=1:parameterName=/a:region=b': 'ami-1', '@aws-cdk/core:flag': 'true' })).toEqual(page);
});
