import { expect, test } from 'vitest';
import { overruled } from '../../lib/context.js';
import { Balancer, Database } from '../../lib/index.js';
import { app } from './templates.js';

const page = { application: 'site', budget: 30, domains: ['a.example'] as string[], watch: false, balancer: Balancer.nginx({ min: 3 }), environment: { GREETING: 'hello' } as Record<string, string>, secrets: {} };
const given = (context: Record<string, string>) => overruled(app(context), page);

test('the page stands where nothing is given', () => {
  expect(given({})).toEqual(page);
});

test('-c overrules a setting, in the type of the page', () => {
  expect(given({ application: 'other', budget: '5', domains: 'b.example,c.example', watch: 'true' })).toEqual(
    { ...page, application: 'other', budget: 5, domains: ['b.example', 'c.example'], watch: true });
  expect(given({ watch: 'false' }).watch).toBe(false);
});

test('a name that the page does not have is refused with the names that it has', () => {
  expect(() => given({ aplication: 'x' })).toThrow('-c: the name must be one of application, budget, domains, watch, balancer, environment.NAME, secrets.NAME, got aplication; see the settings page, bin/paddock.ts');
});

test('a number that is none is refused', () => {
  expect(() => given({ budget: 'soon' })).toThrow('-c: budget must be a whole number, got soon; give one, as in -c budget=30');
});

test.each(['yes', '1', 'True', ''])('what is to be true or false and is %j is refused', (text) => {
  expect(() => given({ watch: text })).toThrow(`-c: watch must be true or false, got ${text || '""'}; give one, as in -c watch=true`);
});

test('-c chooses another value by its word, and leaves the page\'s own as it is', () => {
  expect(given({ balancer: 'alb' }).balancer.chosen).toBe('alb');
  expect(given({ balancer: 'nginx' }).balancer).toBe(page.balancer);
});

test('a word for no value is refused with the words that there are', () => {
  expect(() => given({ balancer: 'haproxy' })).toThrow('-c: balancer must be nginx or alb, got haproxy; give one, as in -c balancer=nginx');
});

test("the CDK's own context is let through", () => {
  expect(given({ 'ssm:account=1:parameterName=/a:region=b': 'ami-1', '@aws-cdk/core:flag': 'true' })).toEqual(page);
});

test('-c gives one variable, plain or secret, beside those of the page', () => {
  expect(given({ 'environment.COLOUR': 'a=b.c', 'secrets.API_KEY': '/shop/api-key', 'secrets.STRIPE': 'shop/stripe#key', 'secrets.DSN': 'shop/dsn' })).toMatchObject({
    environment: { GREETING: 'hello', COLOUR: 'a=b.c' },
    secrets: { API_KEY: { parameter: '/shop/api-key' }, STRIPE: { secret: 'shop/stripe', field: 'key' }, DSN: { secret: 'shop/dsn' } },
  });
});

test.each(['environment', 'budget.MOST'])('-c %s, which is no variable, is refused', (name) => {
  expect(() => given({ [name]: 'x' })).toThrow(`-c: the name must be one of application, budget, domains, watch, balancer, environment.NAME, secrets.NAME, got ${name}; see`);
});

test('-c gives the parameters of a value that has them, in any order, in the type that they have', () => {
  const chosen = (context: Record<string, string>) => overruled(app(context), { ...page, database: Database.none() }).database.options;
  expect(chosen({ 'database.name': 'shop', 'database.storageGiB': '40', 'database.multiAz': 'true', 'database': 'postgres' })).toMatchObject({ name: 'shop', storageGiB: 40, multiAz: true, version: '17' });
  expect(() => chosen({ 'database': 'postgres', 'database.storageGiB': 'much' })).toThrow('-c: database.storageGiB must be a whole number, got much');
  expect(() => chosen({ 'database': 'postgres', 'database.size': '5' })).toThrow('-c: the name must be one of application, ');
  expect(() => chosen({ 'database.name': 'shop' })).toThrow('-c: the name must be one of application, ');
});
