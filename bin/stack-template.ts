import { refuse } from '../app-runtime/refusal.js';
import { type ReleasePointer, releaseParameterOf, signalOf } from '../app-runtime/release-pointer.js';
import type { S3Object } from '../app-runtime/settings.js';

/** A stack's template, as far as a release is concerned. */
export interface StackTemplate {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>>;
}

/** A text of a template: a text, or pieces of text with CloudFormation's own values between them. */
type Text = string | { readonly 'Fn::Join': readonly ['', readonly unknown[]] };

/** Stands for one of CloudFormation's own values inside JSON; a character that no name or key has. */
const TOKEN = /\uE000(\d+)\uE000/;

/**
 * Reads what GetTemplate answered.
 * @throws Refusal for a template that is no JSON
 */
export function parseTemplate(body: unknown): StackTemplate {
  if (typeof body === 'object' && body !== null) return body as StackTemplate;
  try {
    return JSON.parse(String(body)) as StackTemplate;
  } catch {
    return refuse('rollback', 'the stack\'s template must be JSON', String(body).slice(0, 40), 'deploy the release\'s sources instead');
  }
}

/**
 * A stack's template with another release in the place of the one that it has: in the parameter that points to it, in the wait
 * condition and what depends on it, and in the role that reads its archive; in a fleet's launch template and alarm. Key and digest hold hashes, so that wherever they
 * stand in the template they mean the release; all else stays as it is, in its order, and so the CDK finds nothing changed when it
 * deploys that release's sources.
 * @throws Refusal when the template points to no release, or to this one, or to one in another bucket
 */
export function withRelease(deployment: string, template: StackTemplate, serving: S3Object, release: S3Object, acceptIncompatibleMigrations = false): StackTemplate {
  const name = releaseParameterOf(deployment);
  const [id, parameter] = Object.entries(template.Resources).find(([, { Type, Properties }]) => Type === 'AWS::SSM::Parameter' && Properties?.['Name'] === name)
    ?? refuse('rollback', `the stack's template must hold the parameter ${name}`, 'none', 'deploy it with this version of Paddock first');
  const { pointer, write } = pointerIn(parameter.Properties!['Value'] as Text);
  if (pointer.digest !== serving.digest) refuse('rollback', `the stack must point to the release that serves (${serving.digest.slice(0, 12)})`, pointer.digest.slice(0, 12), 'deploy its sources instead');
  if (release.bucket !== serving.bucket) refuse('rollback', `the release must lie in the bucket ${serving.bucket}`, release.bucket, 'deploy its sources instead');
  const next: ReleasePointer = { ...pointer, key: release.key, digest: release.digest, signal: signalOf(release.digest) };
  const [short, nextShort] = [pointer.digest.slice(0, 12), next.digest.slice(0, 12)];
  // By the start of its digest the wait condition is called, and a fleet's launch template and alarm.
  const renamed = everywhere(template, (text) =>
    text.replaceAll(pointer.key, next.key).replaceAll(pointer.digest, next.digest).replaceAll(short, nextShort)) as StackTemplate;
  const { acceptIncompatibleMigrations: _, ...plain } = next;
  const Value = write(acceptIncompatibleMigrations ? { ...plain, acceptIncompatibleMigrations } : plain);
  const { [id]: before } = renamed.Resources;
  return { ...renamed, Resources: { ...renamed.Resources, [id]: { ...before!, Properties: { ...before!.Properties, Value } } } };
}

/** The pointer in a parameter's value, whose bucket CloudFormation may fill in, and how another one is written in its place. */
function pointerIn(value: Text): { pointer: ReleasePointer; write: (pointer: ReleasePointer) => Text } {
  if (typeof value === 'string') return { pointer: JSON.parse(value) as ReleasePointer, write: (pointer) => JSON.stringify(pointer) };
  const pieces = value['Fn::Join'][1];
  const text = pieces.map((piece, index) => (typeof piece === 'string' ? piece : `\uE000${index}\uE000`)).join('');
  const write = (pointer: ReleasePointer): Text => {
    const split = JSON.stringify(pointer).split(TOKEN).map((piece, index) => (index % 2 === 0 ? piece : pieces[Number(piece)]));
    return { 'Fn::Join': ['', split.filter((piece) => piece !== '')] };
  };
  return { pointer: JSON.parse(text) as ReleasePointer, write };
}

/** The same document with every text in it changed, names included, in the same order. */
function everywhere(node: unknown, change: (text: string) => string): unknown {
  if (typeof node === 'string') return change(node);
  if (Array.isArray(node)) return node.map((each) => everywhere(each, change));
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(Object.entries(node).map(([name, value]) => [change(name), everywhere(value, change)]));
}
