import { Aspects, type Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks, NIST80053R5Checks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { Balancer, Database, Media, Secret, SingleNodeStack, SplitTierStack } from '../../lib/index.js';
import { type Acknowledgements, acknowledgements, files } from './acknowledgements.js';
import { app, env, example } from './templates.js';

const props = { application: example('wsgi'), env, secrets: { A: Secret.parameter('/shop/api-key'), B: Secret.secretsManager('shop/stripe') } };
const certified = { ...props, domains: ['shop.example.com'], certificate: 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0000-0000-0000-000000000000' };
const RULE = /^(?:AwsSolutions|NIST)[^\n]*?(?=: )/;

/** What both packs find in stacks: paths and rules. */
function findings(...stacks: readonly Stack[]): string[] {
  return stacks.flatMap((stack) => {
    for (const pack of [new AwsSolutionsChecks(), new NIST80053R5Checks()]) Aspects.of(stack).add(pack);
    const annotations = Annotations.fromStack(stack);
    return [...annotations.findError('*', Match.anyValue()), ...annotations.findWarning('*', Match.anyValue())]
      .flatMap(({ id, entry }) => (RULE.exec(String(entry.data)) ?? []).slice(0, 1).map((rule) => `${id} ${rule}`));
  });
}

/** A path acknowledges for itself and for what is below it. */
const acknowledged = (known: Acknowledgements) => Object.entries(known).flatMap(([path, rules]) => Object.keys(rules).map((rule) => ({ path, rule })));
const covers = ({ path, rule }: { path: string; rule: string }, finding: string) => (finding === `${path} ${rule}` || finding.startsWith(`${path}/`)) && finding.endsWith(` ${rule}`);

const withData = (stack: { readonly data: Stack } & Stack): readonly Stack[] => [stack, stack.data];

/** A database, and what reaches it. */
function sharedDatabase(): readonly Stack[] {
  const root = app();
  new SingleNodeStack(root, 'single-node', { ...props, database: Database.postgres() });
  return [root.node.findChild('database') as Stack];
}

/** A bucket of uploaded files, and what reaches it. */
function sharedBucket(): readonly Stack[] {
  const root = app();
  new SingleNodeStack(root, 'single-node', { ...props, media: Media.bucket() });
  return [root.node.findChild('media') as Stack];
}

test.each<[keyof typeof acknowledgements & string, () => readonly Stack[]]>([
  ['single-node', () => withData(new SingleNodeStack(app(), 'single-node', props))],
  ['nginx', () => withData(new SplitTierStack(app(), 'split-tier', { ...props, balancer: Balancer.nginx() }))],
  ['alb', () => withData(new SplitTierStack(app(), 'split-tier', { ...props, balancer: Balancer.alb() }))],
  ['database', sharedDatabase],
  ['media', sharedBucket],
])('AwsSolutions and NIST 800-53 r5 find nothing in %s beyond what is acknowledged with a reason', (name, make) => {
  const found = findings(...make());
  const known = acknowledged(acknowledgements[name]);
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter((finding) => !known.some((each) => covers(each, finding)))).toEqual([]);
  expect(known.filter((each) => !found.some((finding) => covers(each, finding))), 'acknowledges nothing any more').toEqual([]);
});

test.each([['nginx', Balancer.nginx()], ['alb', Balancer.alb()]] as const)('with a certificate there is nothing more to acknowledge for %s', (name, balancer) => {
  const stack = new SplitTierStack(app(), 'split-tier', { ...certified, balancer });
  const known = acknowledged(acknowledgements[name]);
  expect(findings(stack, stack.data).filter((finding) => !known.some((each) => covers(each, finding)))).toEqual([]);
});

test('who shares a database and a bucket has no more to acknowledge than the files in it', () => {
  const stack = new SingleNodeStack(app(), 'single-node', { ...props, database: Database.postgres(), media: Media.bucket() });
  const known = acknowledged({ ...acknowledgements['single-node'], ...files('single-node') });
  expect(findings(stack, stack.data).filter((finding) => !known.some((each) => covers(each, finding)))).toEqual([]);
});
