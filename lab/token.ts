import { createHmac, timingSafeEqual } from 'node:crypto';

/** A token of the metadata service: when it ends, signed together with the address that asked for it. */
export function newToken(secret: string, address: string, seconds: number): string {
  const ends = String(Date.now() + seconds * 1000);
  return Buffer.from(`${ends}.${sign(secret, address, ends)}`).toString('base64url');
}

/** Whether the token is one of ours, given to this address, and not over. */
export function goodToken(secret: string, address: string, token: string): boolean {
  const [ends = '', signature = ''] = Buffer.from(token, 'base64url').toString().split('.');
  const expected = sign(secret, address, ends);
  return signature.length === expected.length && timingSafeEqual(Buffer.from(signature), Buffer.from(expected)) && Number(ends) > Date.now();
}

function sign(secret: string, address: string, ends: string): string {
  return createHmac('sha256', secret).update(`${address} ${ends}`).digest('hex');
}
