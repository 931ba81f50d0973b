/**
 * Page: what the settings page imports when it is read for a plan. All is as it is, but its stacks make nothing: they note what they
 * are given, so that no release is built to know what one would cost. And its values remember their parameters, which are paid for.
 */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Balancer as RealBalancer, Egress as RealEgress } from '../index.js';

export * from '../index.js';

/** A stack of the page. */
export interface Noted {
  readonly topology: 'single-node' | 'split-tier';
  readonly id: string;
  readonly props: Readonly<Record<string, unknown>>;
}

/** Parameters of a value of the page. */
export type Parameters = Readonly<Record<string, string | number>>;

/** In the order of the page. */
export const noted: Noted[] = [];

/** Whoever reads the page says no for it. */
export function refusalsInOneLine(): void {}

export class SingleNodeStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    noted.push({ topology: 'single-node', id, props: { ...props } });
  }
}

export class SplitTierStack extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    noted.push({ topology: 'split-tier', id, props: { ...props } });
  }
}

export const Balancer = remembering(RealBalancer);
export const Egress = remembering(RealEgress);

/** The same makers of values, whose values say what they were made with. */
function remembering<T extends object>(makers: T): T {
  const made = Object.entries(makers as Record<string, (options?: Parameters) => object>).map(([name, make]) => [name, (parameters: Parameters = {}) => ({ ...make(parameters), parameters })]);
  return Object.fromEntries(made) as T;
}
