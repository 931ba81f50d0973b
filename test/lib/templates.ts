import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import { type PackagesPointer, packagesParameterOf } from '../../app-runtime/packages.js';
import { type MachineSettings, parseSettings } from '../../app-runtime/settings.js';

/** An account and a region in which the CDK has looked up what it looks up. */
export const env = { account: '123456789012', region: 'eu-central-1' };

/** Two images as the context lookup would have pinned them. */
export const IMAGES = { amd64: 'ami-0123456789abcdef0', arm64: 'ami-0fedcba9876543210' };

const lookedUp = (parameter: string) => `ssm:account=${env.account}:parameterName=${parameter}:region=${env.region}`;
const context = {
  '@aws-cdk/core:validateAgainstDefaultRules': true,
  // Each synth would copy Debian's packages.
  'aws:cdk:disable-asset-staging': true,
  ...Object.fromEntries(Object.entries(IMAGES).map(([architecture, image]) => [lookedUp(`/aws/service/debian/release/13/latest/${architecture}`), image])),
  [lookedUp('/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-arm64')]: 'ami-0aaaaaaaaaaaaaaaa',
  [`availability-zones:account=${env.account}:region=${env.region}`]: ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'],
};

/** Where the apps of a test file write what they make: the CDK's own folders for it would stay. */
const made = mkdtempSync(join(tmpdir(), 'paddock-apps-'));
afterAll(() => rmSync(made, { recursive: true, force: true }));

/** An app in which stacks of that account are made. */
export function app(known: Readonly<Record<string, unknown>> = context): App {
  return new App({ context: known, outdir: mkdtempSync(join(made, 'cdk.out-')) });
}

/** The folder of an example. */
export function example(name: string): string {
  return new URL(`../../examples/${name}`, import.meta.url).pathname;
}

export interface Statement { readonly Action: string | string[]; readonly Resource: string | string[] }

/** What the roles of a template may do, with what CloudFormation would fill in between angle brackets. */
export function statements(of: Template, role = ''): Statement[] {
  return Object.entries(of.findResources('AWS::IAM::Policy')).filter(([id]) => id.startsWith(role)).flatMap(([, policy]) => filledIn(policy.Properties.PolicyDocument.Statement) as Statement[]);
}

/** The same value with each of CloudFormation's own between angle brackets. */
export function filledIn(value: any): unknown {
  if (Array.isArray(value)) return value.map(filledIn);
  if (typeof value !== 'object' || value === null) return value;
  if ('Fn::Join' in value) return (value['Fn::Join'][1] as unknown[]).map(filledIn).join(value['Fn::Join'][0]);
  if ('Fn::GetAtt' in value) return `<${(value['Fn::GetAtt'] as string[]).join('.')}>`;
  if ('Ref' in value) return `<${value.Ref}>`;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filledIn(inner)]));
}

/** User data of a launch template as CloudFormation would fill it in, by the values of its own references. */
export function userData(template: Template, launchTemplate: string, values: Readonly<Record<string, string>>): string {
  const [, found] = Object.entries(template.findResources('AWS::EC2::LaunchTemplate')).find(([id]) => id.startsWith(launchTemplate))!;
  const text = filledIn(found.Properties.LaunchTemplateData.UserData['Fn::Base64']) as string;
  return text.replace(/<((AWS::)?[A-Za-z0-9.]+)>/g, (whole, reference: string) => values[reference] ?? Object.entries(values).find(([key]) => reference.endsWith(key))?.[1] ?? whole);
}

/** What CloudFormation fills into split-tier's user data. */
export const VALUES = {
  'AWS::StackId': 'arn:aws:cloudformation:eu-central-1:123456789012:stack/split-tier/2340522f-a81f-4ede-b94b-896b2387e21d',
  '.DNSName': 'split-Balan-0A1B2C3D4E5F-1234567890123456.elb.eu-central-1.amazonaws.com',
};

/** What a launch template's machines are told, as they read it. */
export function told(template: Template, launchTemplate: string): MachineSettings {
  return parseSettings(/^\{.*\}$/m.exec(userData(template, launchTemplate, VALUES))![0]);
}

/** Where a launch template's machines find their packages, and what they install. */
export function packagesOf(template: Template, launchTemplate: string): PackagesPointer {
  const { deployment, packages } = told(template, launchTemplate);
  const [parameter] = Object.values(template.findResources('AWS::SSM::Parameter', { Properties: { Name: packagesParameterOf(deployment, packages) } }));
  return JSON.parse(parameter!.Properties.Value) as PackagesPointer;
}

/** A template as its golden file has it: digests differ from build to build. */
export function reviewed(template: Template): string {
  return `${JSON.stringify(template.toJSON(), null, 2)}\n`.replace(/[0-9a-f]{64}/g, '<digest>').replace(/Release[0-9a-f]{12}/g, 'Release<digest>')
    .replace(/RefusedBalancers[0-9a-f]{12}/g, 'RefusedBalancers<kind>').replace(/Template[0-9a-f]{24}/g, 'Template<kind and release>').replace(/Template[0-9a-f]{12}/g, 'Template<kind>')
    .replace(/("Name": "Release",\s+"Value": ")[0-9a-f]{12}/g, '$1<release>').replace(/(\\"machine\\":\\")[0-9a-f]{12}/g, '$1<machine>')
    .replace(/(\\"packages\\":\\"|\/packages\/)[0-9a-f]{12}/g, '$1<kind>');
}
