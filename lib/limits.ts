import { Annotations, type Stack } from 'aws-cdk-lib';
import type { Gateway } from '../app-runtime/gateway/gateway.js';
import type { Balancer } from './balancer.js';
import type { Proxy } from './proxy.js';

/** Says at synth what a gateway has no way to keep, so that nobody finds out from a visitor. */
export function tellLimits(stack: Stack, { title, webSockets }: Pick<Gateway, 'title' | 'webSockets'>): void {
  if (!webSockets) Annotations.of(stack).addInfo(`${title} serves requests and answers: no connection becomes a WebSocket. docs/gateways.md says which gateway keeps what`);
}

/** Says at synth that the page's proxy stands nowhere in this deployment. */
export function tellProxy(stack: Stack, balancer: Pick<Balancer, 'chosen'>, { chosen }: Pick<Proxy, 'chosen'>): void {
  if (chosen !== balancer.chosen && balancer.chosen === 'nginx') Annotations.of(stack).addInfo(`${chosen} stands on no machine here: behind Balancer.nginx() app servers have no proxy. Behind Balancer.alb() each has one`);
}
