import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chooseGateway } from '../../../../app-runtime/builders.js';
import type { Architecture } from '../../../../app-runtime/release.js';
import { application, refusal } from '../../../lib/application.js';

const chosen = (web: string, files: Record<string, string> = {}) => chooseGateway(application({ Procfile: `web: ${web}\n`, ...files }), 'shop');

function built(program: string | undefined, { mode = 0o755, architecture = 'x86_64' }: { mode?: number; architecture?: Architecture } = {}): unknown {
  const source = application({ Procfile: 'web: ./server --quiet\n', ...(program !== undefined && { server: program }) });
  if (program !== undefined) chmodSync(join(source, 'server'), mode);
  const { builder, recognition } = chooseGateway(source, 'shop');
  return builder.build({ source, where: 'shop', recognition, release: join(source, '..'), architecture } as never);
}

test('a program is served by the web line of a Procfile, and by nothing else', () => {
  expect(chosen('./server --quiet')).toMatchObject({ name: 'executable', recognition: { serves: 'server --quiet' } });
  expect(chosen('exec ./bin/site').recognition.serves).toBe('bin/site');
  for (const line of ['./server && true', './server $PORT', '../server', 'server']) expect(() => chosen(line)).toThrow(/the web line must be/);
});

test('a program must be there, executable, and for the processor of the machine', () => {
  const elf = (machine: number) => `\u007fELF${'\0'.repeat(14)}${String.fromCharCode(machine)}\0`;
  expect(refusal(() => built(undefined))).toBe('shop: the program of the web line must be there, got no server; build it, or correct the Procfile');
  expect(refusal(() => built('x', { mode: 0o644 }))).toBe('shop/server: a program must be executable, got a file that is not; run `chmod +x server`');
  expect(refusal(() => built(elf(62), { architecture: 'arm64' }))).toBe("shop/server: a program must be for the machine's processor, arm64, got x86_64; build it for that, or choose an instanceType of the other processor");
  expect(built(elf(62))).toEqual({ static: [] });
  expect(built('#!/bin/sh\n', { architecture: 'arm64' })).toEqual({ static: [] });
});
