import { Annotations, type Stack } from 'aws-cdk-lib';
import type { Gateway } from '../app-runtime/gateway/gateway.js';

/** Says at synth what a gateway has no way to keep, so that nobody finds out from a visitor. */
export function tellLimits(stack: Stack, { title, webSockets }: Pick<Gateway, 'title' | 'webSockets'>): void {
  if (!webSockets) Annotations.of(stack).addInfo(`${title} serves requests and answers: no connection becomes a WebSocket. docs/gateways.md says which gateway keeps what`);
}
