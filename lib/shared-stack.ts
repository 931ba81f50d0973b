import type { Environment, Stack, StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Parameters } from './choice.js';
import { refuse } from './refuse.js';

/** What it may be called. Source: CreateDBInstance, an identifier has 63 characters at most; a stack's physical id makes up the rest. */
export const SHARED_NAME = [/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/, 'small letters, digits and dashes, 30 at most, beginning with a letter'] as const;

/** A stack that the deployments of a page share: each that names it gives it the same options. */
export interface SharedStack<Options> extends Stack {
  /** What it was made with. */
  readonly options: Options;
}

/** What it is made with besides: the account and region of the deployment that first asked for it. */
export type SharedStackProps<Options> = StackProps & Options & { readonly env: Environment };

/**
 * The stack by the name in its options, made by the first deployment that asks for it.
 * @param stack of the deployment
 * @param what it holds, in a word
 * @throws Refusal when another stack has the name, or was given other options
 */
export function sharedBy<Options extends Parameters & { readonly name: string }, Kind extends SharedStack<Options>>(
  stack: Stack, where: string, what: string, Shared: new (scope: Construct, id: string, props: SharedStackProps<Options>) => Kind, options: Options,
): Kind {
  const { root } = stack.node;
  const found = root.node.tryFindChild(options.name) ?? new Shared(root, options.name, { ...options, env: { account: stack.account, region: stack.region } });
  if (!(found instanceof Shared)) return refuse(where, 'name must be no stack of another kind', options.name, 'choose another name');
  for (const [name, value] of Object.entries(options)) {
    const first = found.options[name];
    if (value !== first) refuse(where, `${name} must be what the page's other deployments give to the ${what} ${options.name} (${first})`, value, 'give all of them the same value, or this one a name of its own');
  }
  return found;
}

/** Name of a parameter through which deployments learn of what they share: stacks share nothing by export. */
export function sharedParameter(name: string, what: string): string {
  return `/paddock/${name}/${what}`;
}
