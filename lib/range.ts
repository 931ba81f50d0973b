import { refuse, refuseText } from './refuse.js';

/** Addresses that nobody has on the Internet. Source: RFC 1918. */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];

/** A VPC has /16 at the most, and two subnets of /24 want /23 at the least. Source: VPC user guide, VPC sizing. */
const RANGE = [/^(\d{1,3}\.){3}\d{1,3}\/(1[6-9]|2[0-3])$/, 'a private range of IPv4 addresses from /16 to /23, such as 10.16.0.0/16'] as const;

/**
 * Refuses what cannot be the addresses of a network.
 * @param range as in `10.16.0.0/16`
 */
export function refuseRange(where: string, range: string): void {
  refuseText(where, 'range', range, RANGE);
  if (!isWhole(range) || !PRIVATE.some((all) => isWithin(range, all))) refuse(where, `range must be ${RANGE[1]}`, range, 'correct it in the settings page');
}

/** Whether two networks have an address in common: they could not be connected. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [spanOf(one), spanOf(other)];
  return a.first <= b.last && b.first <= a.last;
}

function isWithin(range: string, all: string): boolean {
  const [inner, outer] = [spanOf(range), spanOf(all)];
  return inner.first >= outer.first && inner.last <= outer.last;
}

/** Four bytes, and the first address of its range: AWS refuses another. */
function isWhole(range: string): boolean {
  const [address = ''] = range.split('/');
  const { first, last } = spanOf(range);
  return address.split('.').every((byte) => Number(byte) <= 255) && first % (last - first + 1) === 0;
}

/** Its first and its last address, as numbers. */
function spanOf(range: string): { readonly first: number; readonly last: number } {
  const [address = '', bits] = range.split('/');
  const first = address.split('.').reduce((number, byte) => number * 256 + Number(byte), 0);
  return { first, last: first + 2 ** (32 - Number(bits)) - 1 };
}
