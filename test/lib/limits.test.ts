import { Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { gatewayNamed } from '../../app-runtime/gateways.js';
import { Balancer } from '../../lib/balancer.js';
import { tellLimits, tellProxy } from '../../lib/limits.js';
import { Proxy } from '../../lib/proxy.js';
import { app } from './templates.js';

const told = (tell: (stack: Stack) => void) => {
  const stack = new Stack(app(), 'split-tier');
  tell(stack);
  return Annotations.fromStack(stack).findInfo('*', Match.anyValue()).map(({ entry }) => String(entry.data));
};

test('a gateway that has no WebSockets says so at synth, and one that has says nothing', () => {
  expect(told((stack) => tellLimits(stack, gatewayNamed('gunicorn')))).toEqual(['Gunicorn serves requests and answers: no connection becomes a WebSocket. docs/gateways.md says which gateway keeps what']);
  expect(told((stack) => tellLimits(stack, gatewayNamed('gunicorn-asgi')))).toEqual([]);
});

test('a proxy that stands nowhere is told of at synth', () => {
  expect(told((stack) => tellProxy(stack, Balancer.nginx(), Proxy.apache()))).toEqual(['apache stands on no machine here: behind Balancer.nginx() app servers have no proxy. Behind Balancer.alb() each has one']);
  expect(told((stack) => tellProxy(stack, Balancer.alb(), Proxy.apache()))).toEqual([]);
  expect(told((stack) => tellProxy(stack, Balancer.nginx(), Proxy.nginx()))).toEqual([]);
});
