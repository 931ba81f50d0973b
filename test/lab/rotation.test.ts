import { describe, expect, test } from 'vitest';
import type { Health } from '../../lab/health-check.js';
import { endsOf, rotation, type Seat, seated } from '../../lab/rotation.js';
import type { TargetGroup } from '../../lab/load-balancers.js';

const member = (name: string, state: Health['state'], known: string = state) =>
  ({ target: { id: name, port: 80, state: known }, address: `10.0.0.${name.charCodeAt(0) - 96}`, health: { state, against: 0 } as Health });
const inside = (...members: ReturnType<typeof member>[]) => [...rotation(members)].filter(([, { inRotation }]) => inRotation).map(([key]) => key);
const seats = (...members: ReturnType<typeof member>[]) => rotation(members);
const nobody: ReadonlyMap<string, Seat> = new Map();
const free = (count: number) => new Array<string | undefined>(count).fill(undefined);
const gentle = { whenIll: false, whenGone: false };

describe('who has traffic', () => {
  test('those who are well, while one is', () => {
    expect(inside(member('a', 'healthy'), member('b', 'unhealthy'), member('c', 'initial'))).toEqual(['a:80']);
  });

  test('all who are registered, when none is well', () => {
    expect(inside(member('a', 'unhealthy'), member('b', 'initial'), member('c', 'healthy', 'draining'))).toEqual(['a:80', 'b:80']);
  });

  test('nobody who is on the way out, however well', () => {
    expect(inside(member('a', 'healthy', 'draining'), member('b', 'healthy'))).toEqual(['b:80']);
  });
});

describe('places of targets', () => {
  test('who comes gets a place, and traffic when it is well', () => {
    const { slots, commands } = seated('shop', free(3), nobody, seats(member('a', 'healthy'), member('b', 'unhealthy')), gentle);
    expect(slots).toEqual(['a:80', 'b:80', undefined]);
    expect(commands).toEqual(['set server shop/s0 addr 10.0.0.1 port 80', 'set server shop/s0 state ready', 'set server shop/s1 addr 10.0.0.2 port 80', 'set server shop/s1 state maint']);
  });

  test('nothing is said where nothing changed', () => {
    const now = seats(member('a', 'healthy'));
    expect(seated('shop', ['a:80', undefined], now, now, gentle).commands).toEqual([]);
  });

  test('who is on the way out keeps its place and its connections, and gets no new ones', () => {
    const { slots, commands } = seated('shop', ['a:80'], seats(member('a', 'healthy')), seats(member('a', 'healthy', 'draining')), { whenIll: true, whenGone: true });
    expect([slots, commands]).toEqual([['a:80'], ['set server shop/s0 state maint']]);
  });

  test('connections end with the delay, or when a target becomes ill, where AWS ends them', () => {
    expect(seated('shop', ['a:80'], seats(member('a', 'healthy', 'draining')), nobody, { whenIll: false, whenGone: true }).commands)
      .toEqual(['set server shop/s0 state maint', 'shutdown sessions server shop/s0']);
    const well = member('b', 'healthy');
    expect(seated('shop', ['a:80', 'b:80'], seats(member('a', 'healthy'), well), seats(member('a', 'unhealthy'), well), { whenIll: true, whenGone: false }).commands)
      .toEqual(['set server shop/s0 state maint', 'shutdown sessions server shop/s0']);
    expect(endsOf('application', { attributes: {} } as TargetGroup)).toEqual({ whenIll: false, whenGone: true });
    expect(endsOf('network', { attributes: {} } as TargetGroup)).toEqual({ whenIll: true, whenGone: false });
  });

  test('who comes takes a place that was left before rather than one that is being left', () => {
    expect(seated('shop', ['a:80', undefined], seats(member('a', 'healthy')), seats(member('b', 'healthy')), gentle).slots).toEqual([undefined, 'b:80']);
  });

  test('who finds no place is named', () => {
    expect(seated('shop', free(1), nobody, seats(member('a', 'healthy'), member('b', 'healthy')), gentle).standing).toEqual(['b:80']);
  });
});
