import { App, Stack } from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { gatewayNamed } from '../../app-runtime/gateways.js';
import { tellLimits } from '../../lib/gateway-limits.js';

const told = (name: string) => {
  const stack = new Stack(new App(), 'single-node');
  tellLimits(stack, gatewayNamed(name));
  return Annotations.fromStack(stack).findInfo('*', Match.anyValue()).map(({ entry }) => String(entry.data));
};

test('a gateway that has no WebSockets says so at synth, and one that has says nothing', () => {
  expect(told('gunicorn')).toEqual(['Gunicorn serves requests and answers: no connection becomes a WebSocket. docs/gateways.md says which gateway keeps what']);
  expect(told('gunicorn-asgi')).toEqual([]);
});
