import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { cause } from '../../../app-runtime/agent/reporting/cause.js';
import { gatewayNamed } from '../../../app-runtime/gateways.js';

/** The release of which the captured output of this folder's runtimes speaks. */
export const RELEASE = `/opt/paddock/releases/${'0123456789abcdef'.repeat(4)}`;

/** The short cause in what a runtime said; the journal may have dropped empty lines, which makes no difference. */
export function causeIn(gateway: string, folder: string, name: string): string | undefined {
  const lines = readFileSync(join(folder, 'said', `${name}.txt`), 'utf8').split('\n');
  const { failures } = gatewayNamed(gateway);
  const told = cause(lines, RELEASE, failures);
  expect(cause(lines.filter((line) => line.trim() !== ''), RELEASE, failures)).toBe(told);
  return told;
}
